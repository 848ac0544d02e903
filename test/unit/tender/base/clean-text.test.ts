import t from 'tap';
import { cleanText } from '../../../../tender/base/clean-text.ts';

t.test('nothing that a terminal obeys, that turns text or that cannot be seen', async (t) => {
  const harmful: [string, number, number][] = [
    ['C0', 0x00, 0x1f],
    ['DEL and C1', 0x7f, 0x9f],
    ['soft hyphen', 0xad, 0xad],
    ['grapheme joiner', 0x34f, 0x34f],
    ['Arabic letter mark', 0x61c, 0x61c],
    ['Hangul fillers', 0x115f, 0x1160],
    ['Mongolian separators', 0x180b, 0x180f],
    ['widths of zero, directions', 0x200b, 0x200f],
    ['separators, embeddings', 0x2028, 0x202e],
    ['joiners, isolates', 0x2060, 0x206f],
    ['blank braille', 0x2800, 0x2800],
    ['Hangul filler', 0x3164, 0x3164],
    ['halves of pairs', 0xd800, 0xdfff],
    ['variation selectors', 0xfe00, 0xfe0f],
    ['byte order mark', 0xfeff, 0xfeff],
    ['annotations', 0xfff9, 0xfffc],
    ['tags', 0xe0000, 0xe01ef],
  ];
  const left: string[] = [];
  for (const [name, first, last] of harmful) {
    for (let code = first; code <= last; code += 1) {
      const text = code < 0x10000 ? String.fromCharCode(code) : String.fromCodePoint(code);
      if (cleanText(`a${text}b`) !== 'a b') left.push(`${name} ${code.toString(16)}`);
    }
  }
  t.same(left, []);
  t.equal(cleanText('Ünïcode, 名前, 🎉 x=\u00a01'), 'Ünïcode, 名前, 🎉 x=\u00a01');
});

t.test('one line of bounded length, of whatever value', async (t) => {
  t.equal(cleanText('x'.repeat(1e6)).length, 4000);
  t.equal(cleanText('  a\r\n\tb '), 'a b');
  t.equal(cleanText(undefined), 'undefined');
});
