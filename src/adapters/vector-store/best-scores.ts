/** Keeps the best of many scored ids: a heap whose root is the worst of those kept. */
export class BestScores {
  readonly #limit: number;
  readonly #ids: number[] = [];
  readonly #scores: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(id: number, score: number): void {
    const size = this.#ids.length;
    if (size < this.#limit) {
      this.#ids.push(id);
      this.#scores.push(score);
      this.#rise(size);
    } else if (size > 0 && isWorse(this.#scores[0]!, this.#ids[0]!, score, id)) {
      this.#ids[0] = id;
      this.#scores[0] = score;
      this.#sink();
    }
  }

  /** Best first; of equal scores the lower id first. */
  ranked(): { id: number; score: number }[] {
    return this.#ids
      .map((id, position) => ({ id, score: this.#scores[position]! }))
      .sort((left, right) => right.score - left.score || left.id - right.id);
  }

  #rise(from: number): void {
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#worse(position, parent)) return;
      this.#swap(position, parent);
      position = parent;
    }
  }

  #sink(): void {
    let position = 0;
    for (;;) {
      const left = 2 * position + 1;
      const right = left + 1;
      let worst = position;
      if (left < this.#ids.length && this.#worse(left, worst)) worst = left;
      if (right < this.#ids.length && this.#worse(right, worst)) worst = right;
      if (worst === position) return;
      this.#swap(position, worst);
      position = worst;
    }
  }

  #worse(left: number, right: number): boolean {
    return isWorse(this.#scores[left]!, this.#ids[left]!, this.#scores[right]!, this.#ids[right]!);
  }

  #swap(left: number, right: number): void {
    [this.#ids[left], this.#ids[right]] = [this.#ids[right]!, this.#ids[left]!];
    [this.#scores[left], this.#scores[right]] = [this.#scores[right]!, this.#scores[left]!];
  }
}

function isWorse(leftScore: number, leftId: number, rightScore: number, rightId: number): boolean {
  return leftScore < rightScore || (leftScore === rightScore && leftId > rightId);
}
