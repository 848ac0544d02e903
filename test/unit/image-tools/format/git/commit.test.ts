import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  decodeCommit,
  encodeCommit,
  hashObject,
  OBJECT_COMMIT,
  oidToHex,
  type Person,
  parseOid,
} from '#format';
import { git, makeRepository } from '../../../../fixtures/git.ts';

const oid = fc.uint8Array({ minLength: 20, maxLength: 20 });
const word = fc.stringMatching(/^[a-zA-Z0-9.@-]{1,12}$/).map((text) => Buffer.from(text));
const person = fc.record({
  name: word,
  email: word,
  seconds: fc.integer({ min: -1e12, max: 1e12 }),
  zone: fc.constantFrom('+0000', '-0330', '+1400'),
});

t.test('commits come back', async (t) => {
  fc.assert(
    fc.property(
      fc.record({
        tree: oid,
        parents: fc.array(oid, { maxLength: 3 }),
        author: person,
        committer: person,
        message: fc.uint8Array({ maxLength: 50 }),
      }),
      (commit) => {
        const decoded = decodeCommit(encodeCommit(commit));
        const plain = (p: Person) => ({
          ...p,
          name: Buffer.from(p.name).toString(),
          email: Buffer.from(p.email).toString(),
        });
        t.strictSame(plain(decoded.author), plain(commit.author));
        t.strictSame(plain(decoded.committer), plain(commit.committer));
        t.strictSame(decoded.tree, commit.tree);
        t.strictSame(decoded.parents, commit.parents);
        t.strictSame(decoded.message, commit.message);
      },
    ),
  );
});

t.test('the commit of the five-file folder has the id that the original gives it', async (t) => {
  const greenthumb = {
    name: Buffer.from('Dr. Greenthumb'),
    email: Buffer.from('noreply@cypress.hill'),
    seconds: Date.UTC(2020, 9, 10, 8) / 1000,
    zone: '+0000',
  };
  const content = encodeCommit({
    tree: parseOid('7d8a9e386b602e1bd8cd8f226a461a87ccf372e3') as Uint8Array,
    parents: [],
    author: greenthumb,
    committer: greenthumb,
    message: new Uint8Array(0),
  });
  t.equal(content.length, 173);
  const id = hashObject(() => createHash('sha1'), OBJECT_COMMIT, content);
  t.equal(oidToHex(id), 'ca71a852f6c2d16bf04691f13b8a7edeadb15b80');
});

t.test('a commit that git wrote', async (t) => {
  const folder = t.testdir();
  makeRepository(folder, { a: 'b' });
  const commit = decodeCommit(git(folder, 'cat-file', 'commit', 'HEAD'));
  t.equal(oidToHex(commit.tree), git(folder, 'rev-parse', 'HEAD^{tree}').toString().trim());
  t.equal(Buffer.from(commit.author.name).toString(), 'Ann Author');
  t.equal(Buffer.from(commit.committer.email).toString(), 'carl@example.org');
  t.equal(commit.author.seconds, 1500000000);
  t.equal(commit.committer.zone, '-0330');
  t.equal(Buffer.from(commit.message).toString(), 'A message\n\nof two paragraphs\n');
});

t.test('headers that are unknown, continued or repeated', async (t) => {
  const tree = 'a'.repeat(40);
  const commit = decodeCommit(
    Buffer.from(
      `tree ${tree}\nparent ${'b'.repeat(40)}\nparent ${'c'.repeat(40)}\n` +
        'author A <a> 1 +0000\ncommitter <c>\ngpgsig x\n tree zzz\n author none\n\nm\n\nn',
    ),
  );
  t.equal(oidToHex(commit.tree), tree);
  t.equal(commit.parents.length, 2);
  t.equal(commit.committer.name.length, 0);
  t.equal(commit.committer.seconds, 0);
  t.equal(Buffer.from(commit.message).toString(), 'm\n\nn');
});

t.test('malformed commits', async (t) => {
  const tree = `tree ${'a'.repeat(40)}\n`;
  const people = 'author A <a> 1 +0000\ncommitter A <a> 1 +0000\n';
  const bad = (name: string, text: string) =>
    t.throws(
      () => decodeCommit(Buffer.from(text)),
      { name: 'FormatError', code: 'BAD_COMMIT' },
      name,
    );
  bad('empty', '');
  bad('no tree', people);
  bad('no author', `${tree}committer A <a> 1 +0000\n`);
  bad('short id', `tree ${'a'.repeat(39)}\n${people}`);
  bad('no digits', `tree ${'x'.repeat(40)}\n${people}`);
  bad('bad parent', `${tree}parent 12\n${people}`);
  bad('all behind the empty line', `\n${tree}${people}`);
  bad('a line of 1 MB', `${tree}author ${'<'.repeat(1e6)}\n`);
});

t.test('headers without end', async (t) => {
  const head = `tree ${'a'.repeat(40)}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n`;
  const bomb = (line: string) => Buffer.from(head + line.repeat(2 ** 22 / line.length));
  t.throws(() => decodeCommit(bomb(`parent ${'b'.repeat(40)}\n`)), { code: 'LIMIT' });
  t.throws(() => decodeCommit(bomb('x\n')), { code: 'LIMIT' });
  t.equal(decodeCommit(bomb('x')).message.length, 0, 'one long line of no interest');
});

t.test('odd persons of public history are somebody', async (t) => {
  const rows: [line: string, name: string, email: string, seconds: number, zone: string][] = [
    ['A <a@b> 1312735823 +051800', 'A', 'a@b', 1312735823, '+051800'],
    ['A <a@b> 1112911993', 'A', 'a@b', 1112911993, '+0000'],
    ['A <a@b> 1112911993 0000', 'A', 'a@b', 1112911993, '+0000'],
    ['A <a@b> 1112911993 --700', 'A', 'a@b', 1112911993, '+0000'],
    ['A <a@b> 1112911993 +05180000', 'A', 'a@b', 1112911993, '+0000'],
    ['A <a@b> 1112911993 GMT', 'A', 'a@b', 1112911993, '+0000'],
    ['A <a@b> 1112911993 +0100 more', 'A', 'a@b', 1112911993, '+0100'],
    ['A <a@b> -5 -0100', 'A', 'a@b', -5, '-0100'],
    ['A <a@b> 18446744073709551615 +0100', 'A', 'a@b', 0, '+0000'],
    ['A <a@b>1112911993 +0100', 'A', 'a@b', 1112911993, '+0100'],
    ['A <a@b>  1112911993  +0100', 'A', 'a@b', 1112911993, '+0100'],
    ['A <a@b> Thu Apr 7 22:13:13 2005', 'A', 'a@b', 0, '+0000'],
    ['A a@b 1112911993 +0000', 'A a@b 1112911993 +0000', '', 0, '+0000'],
    ['A\r <a@b\r> 1112911993 +0100', 'A\r', 'a@b\r', 1112911993, '+0100'],
    ['A <a@b\n> 1112911993 +0000', 'A', 'a@b', 0, '+0000'],
    ['A <b> <a@b>> 7 +0100', 'A', 'b> <a@b>', 7, '+0100'],
    ['A> <a@b', 'A>', 'a@b', 0, '+0000'],
    ['', '', '', 0, '+0000'],
  ];
  const id = '7d8a9e386b602e1bd8cd8f226a461a87ccf372e3';
  for (const [line, name, email, seconds, zone] of rows) {
    const bytes = Buffer.from(`tree ${id}\nauthor ${line}\ncommitter C <c> 1 +0000\n\nm`);
    const { author, committer, message } = decodeCommit(bytes);
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
    t.strictSame(
      [text(author.name), text(author.email), author.seconds, author.zone],
      [name, email, seconds, zone],
      JSON.stringify(line),
    );
    t.strictSame([text(committer.name), committer.seconds, text(message)], ['C', 1, 'm']);
  }
});

t.test('a person is read as this expression reads it, or else is somebody', async (t) => {
  const PERSON = /^([^<]*?) ?<(.*)>(?: (-?\d{1,15}) ([+-]\d{1,6}))? *$/;
  const piece = fc.constantFrom(
    '<',
    '>',
    ' ',
    ' ',
    '-',
    '+',
    'a',
    '\r',
    '0',
    '12',
    '1234567',
    ' 1 +00',
  );
  const near = fc.tuple(
    fc.constantFrom('a <b>', 'a<>', '<a> b>'),
    fc.array(piece, { maxLength: 5 }),
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join('')),
    near.map(([start, pieces]) => start + pieces.join('')),
  );
  let persons = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const id = '7d8a9e386b602e1bd8cd8f226a461a87ccf372e3';
      const bytes = Buffer.from(`tree ${id}\nauthor ${text}\ncommitter a <b> 1 +0000\n`, 'latin1');
      const match = PERSON.exec(text);
      if (match === null) {
        const { author } = decodeCommit(bytes);
        t.ok(Number.isSafeInteger(author.seconds), JSON.stringify(text));
        t.match(author.zone, /^[+-]\d{1,6}$/);
        return;
      }
      persons += 1;
      const [, name = '', email = '', seconds = '0', zone = '+0000'] = match;
      const { author } = decodeCommit(bytes);
      const read = [
        Buffer.from(author.name).toString('latin1'),
        Buffer.from(author.email).toString('latin1'),
      ];
      t.strictSame(
        [...read, author.seconds, author.zone],
        [name, email, Number(seconds), zone],
        JSON.stringify(text),
      );
    }),
    { numRuns: 2000 },
  );
  t.ok(persons > 100, `${persons} persons`);
});
