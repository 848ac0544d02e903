// Sequences of system calls in a mounted image and in the same files, extracted: each ends the same in both.
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeMixedFolder } from '../fixtures/mixed-folder.ts';
import { AS_ROOT, IN_NAMESPACE } from '../fixtures/mounts.ts';
import { runTool } from '../fixtures/tools.ts';

const root = join(import.meta.dirname, '../..');
const noPython =
  spawnSync('python3', ['--version']).status !== 0 &&
  'skipped: no python3 here, for file-sequences.py';

for (const way of [AS_ROOT, IN_NAMESPACE]) {
  t.test(way.name, { skip: way.skip || noPython }, async (t) => {
    const folder = t.testdir({ files: { many: {} }, scratch: {} });
    const files = join(folder, 'files');
    writeMixedFolder(files);
    for (let i = 0; i < 1500; i++) {
      writeFileSync(join(files, 'many', `file ${i}`), `content of file ${i}`);
    }
    copyFileSync('/bin/true', join(files, 'program'));
    const image = join(folder, 'disk.img');
    t.match(await runTool('docteur.make', ['-q', files, image]), { status: 0 });

    const docteur = join(folder, 'docteur');
    const command = `exec "${process.execPath}" "${root}/dist/bin/docteur.js" "$@"`;
    writeFileSync(docteur, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    const script = join(root, 'test/fixtures/file-sequences.sh');
    const words = [...way.before, 'sh', script, docteur, image, join(folder, 'scratch')];
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    const { status, stdout, stderr } = await new Promise<{
      status: unknown;
      stdout: string;
      stderr: string;
    }>((resolve) => {
      execFile(words[0] as string, words.slice(1), { env }, (error, stdout, stderr) => {
        resolve({ status: error?.code ?? 0, stdout, stderr });
      });
    });
    t.equal(status, 0);
    t.equal(stderr, '');
    const lines = stdout.trim().split('\n');
    t.equal(lines.length, 22, 'each sequence has run, or is skipped by name');
    for (const line of lines) {
      if (line.startsWith('skip ')) t.pass(`skipped: ${line.slice(5)}`);
      else t.match(line, /^ok /);
    }
  });
}
