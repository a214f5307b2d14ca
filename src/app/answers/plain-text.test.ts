import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainText, withoutLinks } from './plain-text.js';

function streamed(pieces: readonly string[]): string {
  const plain = new PlainText();
  return pieces.map((piece) => plain.push(piece)).join('') + plain.end();
}

function cut(text: string, cuts: readonly number[]): string[] {
  const ends = [...cuts, text.length].sort((left, right) => left - right);
  return ends.map((end, order) => text.slice(order === 0 ? 0 : ends[order - 1], end));
}

describe('withoutLinks', () => {
  it.each([
    ['See [the page](https://evil.example/x).', 'See the page.'],
    ['![alt](https://evil.example/?q=secret)', 'alt'],
    ['![](https://evil.example)', ''],
    ['[[a](b)](c)', 'a'],
    ['[text][ref]\n[ref]: https://evil.example', 'text\n[ref]: ‹link removed›'],
    ['go to https://evil.example/a?b=c now', 'go to ‹link removed› now'],
    ['www.evil.example and javascript:alert(1)', '‹link removed› and ‹link removed›'],
    ['<img src=//evil.example/x> <a href="x">y</a> <https://evil.example>', ' y '],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['<<b>img src=x>', ''],
    ['never closed <img src=x', 'never closed ‹img src=x'],
    ['](x)', '] (x)'],
    ['//evil.example/x', '‹link removed›'],
    ['hidden\u202egnp\u0007', 'hiddengnp'],
  ])('%s', (text, plain) => {
    expect(withoutLinks(text)).toBe(plain);
  });

  it.each(['a < b and c > d', 'It is 3 [three] metres!', '10:30, he/she', 'C++; 1<2', 'そうです。'])(
    'lets %s be',
    (text) => {
      expect(withoutLinks(text)).toBe(text);
    },
  );
});

describe('PlainText', () => {
  const text =
    'Wow! A [red](http://a.b/c) [car with wheels](http://a.b/c d) <img src=x alt=y> car ![x](y) <b>turns</b> at https://a.example/b?c=d [now] 1 < 2, 右に曲がる。 End!';

  it('gives the same however the text is cut', () => {
    const whole = withoutLinks(text);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 20 }), (cuts) => {
        expect(streamed(cut(text, cuts))).toBe(whole);
      }),
    );
  });

  it('lets no address through, whatever surrounds it', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '(',
      ')',
      '!',
      '<',
      '>',
      'https://evil.example/',
      ' ',
      'a',
      '"',
      '\n',
      '<img src=',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const plain = streamed(parts);
        expect(plain).not.toContain('://');
        expect(plain).not.toMatch(/\]\(|<[a-z/!]/i);
      }),
    );
  });

  it('makes no tag of what stood on both sides of one', () => {
    expect(streamed(['<', '<img src=', '>', '!--'])).toBe('< !--');
    expect(streamed(['<<b>', 'script>'])).not.toContain('<script');
  });

  it('gives a word as soon as the next one begins', () => {
    const plain = new PlainText();
    expect(plain.push('A')).toBe('');
    expect(plain.push(' red')).toBe('A ');
    expect(plain.push(' car')).toBe('red ');
  });

  it('does not hold long texts without blanks', () => {
    const plain = new PlainText();
    expect(plain.push('車が右に曲がる')).toBe('車が右に曲がる');
    const long = Array.from({ length: 50 }, () => plain.push('x'.repeat(20))).join('');
    expect(long.length).toBeGreaterThan(300);
  });

  it('closes the gap that a mark leaves', () => {
    const plain = new PlainText();
    const text = [
      plain.push('A red car '),
      plain.mark(),
      plain.push('. Then '),
      plain.push('stops '),
      plain.mark(),
      plain.push(' and'),
      plain.end(),
    ];
    expect(text.join('')).toBe('A red car. Then stops and');
  });
});
