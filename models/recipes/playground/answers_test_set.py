"""Writes the questions about the shipped test clips: `python3 answers_test_set.py [FILE]`.

One line a question: video, kind, form, question, answer, separated by tabs. As many of each kind as the scenes allow, up to
KIND_QUESTIONS; drawn from the scenes' labels with a seed of its own, balanced as the training questions are.
"""

import sys
from collections import Counter
from pathlib import Path

from answers_questions import KINDS, Asker, facts_of
from make_media import OUT, TEST_CLIPS, test_clips
from world import TEST_SEEDS, Draw

SEED = TEST_SEEDS.start + 1
KIND_QUESTIONS = 400
ASKED_OF_EACH = 16  # candidates


def main() -> None:
    clips = list(test_clips(TEST_CLIPS))
    asker = Asker(SEED)
    candidates = [
        (clip.name, *asked)
        for clip, facts in zip(clips, facts_of([clip.scene for clip in clips]))
        for asked in asker.about(facts, ASKED_OF_EACH)
    ]
    # In an order of its own, so that no kind is filled by the first clips alone.
    draw = Draw(SEED)
    shuffled = sorted(candidates, key=lambda _: draw.unit())
    left = Counter({kind: KIND_QUESTIONS for kind in KINDS})
    chosen = []
    for row in shuffled:
        if left[row[1]] > 0:
            left[row[1]] -= 1
            chosen.append(row)
    chosen.sort(key=lambda row: int(row[0].removeprefix("video")))
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT / "test" / "questions.tsv"
    lines = ["video\tkind\tform\tquestion\tanswer", *("\t".join(row) for row in chosen)]
    path.write_text("\n".join(lines) + "\n", "utf8")
    print(f"{len(chosen)} questions of {len({row[0] for row in chosen})} clips:", dict(Counter(row[1] for row in chosen)))


if __name__ == "__main__":
    main()
