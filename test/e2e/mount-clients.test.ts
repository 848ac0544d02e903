// Mounted images, read by programs that know nothing of docteur.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { AS_ROOT, IN_NAMESPACE } from '../fixtures/mounts.ts';
import { runTool } from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '../..');
const folder = t.testdir({ files: { many: {}, include: {}, deep: {} } });
const files = join(folder, 'files');
const image = join(folder, 'disk.img');
const plain = join(folder, 'no-index.img');

/** The clients' verdicts, by their names. */
async function runClients(before: readonly string[], disk: string, scratch: string) {
  mkdirSync(scratch);
  const script = join(root, 'test/fixtures/mount-clients.sh');
  const docteur = join(scratch, 'docteur');
  const command = `exec "${process.execPath}" "${root}/dist/bin/docteur.js" "$@"`;
  writeFileSync(docteur, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  const words = [...before, 'sh', script, docteur, disk, files, scratch];
  const child = spawn(words[0] as string, words.slice(1), {
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  return { status, lines: stdout.trim().split('\n'), stderr };
}

t.before(async () => {
  writeMixedFolder(join(files, 'deep'));
  for (let i = 0; i < 1500; i++) writeFileSync(join(files, 'many', `file ${i}`), `content ${i}\n`);
  writeFileSync(join(files, 'large'), randomBytes(5 * 2 ** 20 + 77));
  writeFileSync(join(files, 'include/answer.h'), '#define ANSWER 42\n');
  writeFileSync(join(files, 'run.sh'), '#!/bin/sh\necho it runs\n');
  chmodSync(join(files, 'run.sh'), 0o755);
  symlinkSync('deep/../large', join(files, 'link'));
  symlinkSync('/absent', join(files, 'dangling'));
  await runTool('docteur.make', ['-q', files, image]);
  await runTool('docteur.make', ['-q', '--no-index', files, plain]);
});

const cases = [
  [AS_ROOT, 'with a path index', image],
  [AS_ROOT, 'without a path index', plain],
  [IN_NAMESPACE, 'with a path index', image],
] as const;

for (const [way, what, disk] of cases) {
  t.test(`${way.name}, ${what}`, { skip: way.skip }, async (t) => {
    const scratch = join(folder, `${way.before.length}-${what.replaceAll(' ', '-')}`);
    const { status, lines, stderr } = await runClients(way.before, disk, scratch);
    t.equal(status, 0);
    t.equal(stderr, '');
    t.equal(lines.length, 22, 'every client has run, or is skipped by name');
    for (const line of lines) {
      if (line.startsWith('skip ')) t.pass(`skipped: ${line.slice(5)}`);
      else t.match(line, /^ok /);
    }
  });
}
