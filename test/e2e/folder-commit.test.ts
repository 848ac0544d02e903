// The commit of a folder: whose it is, what it says, and when it was.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeRepository } from '../fixtures/git.ts';
import { FIVE_FILE_COMMIT, runTool, writeFiveFileFolder } from '../fixtures/tools.ts';

const scratch = t.testdir({ folder: {} });
const folder = join(scratch, 'folder');
const image = join(scratch, 'disk.img');
writeFiveFileFolder(folder);
makeRepository(join(scratch, 'repository'), { a: 'a' });

const make = (args: string[], env: Record<string, string> = {}) =>
  runTool('docteur.make', ['-q', ...args, image], { cwd: scratch, env });

t.test('SOURCE_DATE_EPOCH dates what -d does not', async (t) => {
  const env = { SOURCE_DATE_EPOCH: `${Date.UTC(2020, 9, 10, 8) / 1000}` };
  t.equal((await make(['folder'], env)).stderr, '');
  const first = readFileSync(image);
  t.match((await runTool('docteur.verify', [image])).stdout.toString(), FIVE_FILE_COMMIT);
  await make(['folder'], env);
  t.ok(readFileSync(image).equals(first), 'the same bytes');
  t.equal((await make(['-d', '2020-10-10T09:00:00Z', 'folder'], env)).status, 0);
  t.notOk(readFileSync(image).equals(first), '-d goes first');
  const wrong = await make(['folder'], { SOURCE_DATE_EPOCH: 'today' });
  t.equal(wrong.status, 64);
  t.match(wrong.stderr, /SOURCE_DATE_EPOCH=today: not a number of seconds/);
  t.equal((await make(['repository'], { SOURCE_DATE_EPOCH: '1' })).status, 0, 'of folders only');
});

t.test('--author and --message', async (t) => {
  const args = ['--author', 'Zoë "Z" <zoe@example.org>', '--message', 'Pages\n\nof today'];
  t.equal((await make([...args, 'folder'])).stderr, '');
  const verified = JSON.parse(
    (await runTool('docteur.verify', ['--json', image])).stdout.toString(),
  );
  const who = { name: 'Zoë "Z"', email: 'zoe@example.org' };
  t.match(verified, { author: who, committer: who, message: 'Pages\n\nof today\n' });
  const wrong: [string[], RegExp][] = [
    [['--author', 'nobody', 'folder'], /Not an author, such as 'Name <name@example\.org>'/],
    [['--author', 'A\nB <a@b>', 'folder'], /without <, > or control characters/],
    [['--author', 'A <a@b>', 'repository'], /a repository keeps its commit with its author/],
    [['--message', 'm', 'repository'], /a repository keeps its commit with its message/],
  ];
  mkdirSync(join(scratch, 'none'));
  for (const [args, message] of wrong) {
    const outcome = await make(args);
    t.equal(outcome.status, 64);
    t.match(outcome.stderr, message);
    t.match(outcome.stderr, /^[^\n]+\n$/, 'one line');
  }
});
