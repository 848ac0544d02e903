import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { oidToHex, parseOid } from '#format';
import { addFolderCommit, parseAuthor } from '../../../../image-tools/source/folder-commit.ts';
import { ObjectList } from '../../../../image-tools/source/objects.ts';
import { git } from '../../../fixtures/git.ts';

const TREE = parseOid('4b825dc642cb6eb9a060e54bf8d69288fbee4904') as Uint8Array;
const DATE = { seconds: 1_602_316_800, zone: '-0330' };

function contentOf(objects: ObjectList): Uint8Array {
  const locator = objects.locatorOf(0);
  if (locator.kind !== 'inline') throw new Error(locator.kind);
  return locator.content;
}

t.test('git reads each author and message as they were given', async (t) => {
  const folder = t.testdir();
  git(folder, 'init', '-q');
  git(folder, 'hash-object', '-t', 'tree', '-w', '/dev/null');
  const file = join(folder, 'commit');
  const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  // What stands around it is not part of a name.
  const name = part.filter(
    (text) => !/[<>\p{Cc}]/u.test(text) && text.trim() === text && text !== '',
  );
  const message = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(name, name, message, (name, email, message) => {
      const objects = new ObjectList();
      const id = addFolderCommit(objects, TREE, { author: { name, email }, message, date: DATE });
      writeFileSync(file, contentOf(objects));
      // Without --literally git refuses what it finds malformed.
      const written = git(folder, 'hash-object', '-t', 'commit', '-w', 'commit').toString().trim();
      t.equal(written, oidToHex(id));
      const raw = git(folder, 'cat-file', 'commit', written).toString();
      const line = `${name} <${email}> 1602316800 -0330`;
      const ending = message === '' || message.endsWith('\n') ? '' : '\n';
      t.equal(
        raw,
        `tree ${oidToHex(TREE)}\nauthor ${line}\ncommitter ${line}\n${message === '' ? '' : `\n${message}${ending}`}`,
      );
    }),
    { numRuns: 40 },
  );
  t.ok(readFileSync(file).length > 100);
});

t.test('what no commit can hold', async (t) => {
  const add = (author: { name: string; email: string }, message?: string) => () =>
    addFolderCommit(new ObjectList(), TREE, { author, message, date: DATE });
  for (const text of ['a\nb', 'a\0b', 'a<b', 'a>b', 'a\rb', '\u001b[31m', '\u0085']) {
    t.throws(add({ name: text, email: 'a@b' }), { code: 'USAGE' }, JSON.stringify(text));
    t.throws(add({ name: 'A', email: text }), { code: 'USAGE' }, JSON.stringify(text));
  }
  t.throws(add({ name: ' ', email: 'a@b' }), { code: 'USAGE' });
  t.throws(add({ name: 'é'.repeat(2040), email: 'a@b' }), { code: 'USAGE' }, 'bytes are counted');
  t.throws(add({ name: 'A', email: 'a@b' }, 'a\0b'), { code: 'USAGE' });
  t.doesNotThrow(add({ name: 'é'.repeat(2000), email: '' }, '\r\n\u001b'));
});

t.test('authors as git writes them', async (t) => {
  t.strictSame(parseAuthor('Ann Author <ann@example.org>'), {
    name: 'Ann Author',
    email: 'ann@example.org',
  });
  t.strictSame(parseAuthor('  A<>'), { name: 'A', email: '' });
  for (const text of ['', 'Ann', 'ann@example.org', 'A <a', 'A a>', 'A <a> b', 'A <<a>>']) {
    t.equal(parseAuthor(text), undefined, text);
  }
});
