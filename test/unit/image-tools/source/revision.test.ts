import t from 'tap';
import { parseRevision } from '../../../../image-tools/source/revision.ts';
import { withTree } from '../../../../image-tools/source/rewrite-commit.ts';

t.test('a commit and a folder of it', async (t) => {
  const rows: [ref: string | undefined, commit: string | undefined, folder: string][] = [
    [undefined, undefined, ''],
    ['', undefined, ''],
    ['main', 'main', ''],
    ['@', 'HEAD', ''],
    ['@~1', '@~1', ''],
    ['v1^{}', 'v1', ''],
    ['v1^{commit}', 'v1', ''],
    ['v1^0', 'v1', ''],
    ['v1^2', 'v1^2', ''],
    ['HEAD:docs', 'HEAD', 'docs'],
    ['@:docs', 'HEAD', 'docs'],
    ['v1^{}:docs', 'v1', 'docs'],
    ['main:./a//b/', 'main', 'a/b'],
    ['main:', 'main', ''],
    ['main:a:b', 'main', 'a:b'],
    ['main@{2020-01-01 10:00}', 'main@{2020-01-01 10:00}', ''],
    ['HEAD^{/fix: it}:docs', 'HEAD^{/fix: it}', 'docs'],
    [':/fix: it', ':/fix: it', ''],
    ['a{b:docs', 'a{b', 'docs'],
  ];
  for (const [ref, commit, folder] of rows) {
    t.strictSame(parseRevision(ref, undefined), { commit, folder }, `${ref}`);
  }
  t.strictSame(parseRevision('main', '/docs/'), { commit: 'main', folder: 'docs' });
  t.strictSame(parseRevision(undefined, 'docs'), { commit: undefined, folder: 'docs' });
  t.throws(() => parseRevision('main:a', 'b'), { code: 'USAGE' });
  for (const folder of ['..', 'a/../b', '../a', 'a\0b']) {
    t.throws(() => parseRevision('main', folder), { code: 'USAGE' }, folder);
    t.throws(() => parseRevision(`main:${folder}`, undefined), { code: 'USAGE' }, folder);
  }
});

t.test(
  'a commit with another tree keeps people, encoding and message, byte for byte',
  async (t) => {
    const old = 'a'.repeat(40);
    const tree = 'b'.repeat(40);
    const people = 'author \xc4\r <a@b> 1 +0000\ncommitter C <c> 2 -0100\n';
    const rewritten = (text: string) =>
      Buffer.from(withTree(Buffer.from(text, 'latin1'), tree)).toString('latin1');
    const rows: [string, string][] = [
      [`tree ${old}\n${people}\nmessage\n\nmore\n`, `tree ${tree}\n${people}\nmessage\n\nmore\n`],
      [
        `tree ${old}\nparent ${old}\nparent ${old}\n${people}encoding latin1\ngpgsig x\n y\n author no\nmergetag z\n z\n\n\xe9`,
        `tree ${tree}\n${people}encoding latin1\n\n\xe9`,
      ],
      [`tree ${old}\n${people}`, `tree ${tree}\n${people}`],
      [`tree ${old}\n${people}\n`, `tree ${tree}\n${people}\n`],
      [`tree ${old}\n${people}\ntree x\nauthor y\n`, `tree ${tree}\n${people}\ntree x\nauthor y\n`],
    ];
    for (const [before, after] of rows) t.equal(rewritten(before), after);
  },
);
