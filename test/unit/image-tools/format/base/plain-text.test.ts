import t from 'tap';
import { toOneLine, toPlainJson, toPlainText } from '#format';
import { HARMFUL } from '../../../../fixtures/harmful-characters.ts';

t.test('what would break the line or command the terminal is shown as what it is', async (t) => {
  t.equal(toOneLine('a\nb\r\u001b[31m\u009b2J'), 'a\\nb\\u{d}\\u{1b}[31m\\u{9b}2J');
  t.equal(toOneLine('\u202egpj.exe\u2028'), '\\u{202e}gpj.exe\\u{2028}');
  t.equal(toOneLine('Ünïcode, 名前, 🎉 \\n'), 'Ünïcode, 名前, 🎉 \\n');
  t.equal(toOneLine('\ud800a\udc00'), '\\u{d800}a\\u{dc00}', 'halves of pairs');
});

t.test('every harmful character, one by one', async (t) => {
  for (const character of HARMFUL) {
    const number = (character.codePointAt(0) as number).toString(16);
    const shown = character === '\n' ? '\\n' : `\\u{${number}}`;
    t.equal(toOneLine(`a${character}b`), `a${shown}b`, number);
    const json = toPlainJson({ [character]: character });
    t.match(json, /^[\x20-\x7e]+$/, `${number} in JSON`);
    t.strictSame(JSON.parse(json), { [character]: character });
  }
});

t.test('lines and tabs of a text stay', async (t) => {
  t.equal(toPlainText('a\tb\n\n\u001b]0;c\u0007\r\n'), 'a\tb\n\n\\u{1b}]0;c\\u{7}\\u{d}\n');
});
