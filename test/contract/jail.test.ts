import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const script = join(import.meta.dirname, '../fixtures/jailed.ts');
const args = ['-i', process.execPath, '--no-warnings', '--conditions=docteur:source', script];

/** Attempts that no honest runtime makes: the kernel ends the process for them (SIGSYS). */
const DEADLY = new Set([
  'receive on a socket',
  'execute a program',
  'fork',
  'make a socket',
  'connect',
  'spawn a process',
  'listen',
  'kill the tender',
  'kill its own group',
  'signal another process',
  'trace the tender',
  'read the memory of the tender',
  'take a descriptor of the tender',
  'make a ring for io_uring',
  'use a ring of io_uring',
  'load a BPF program',
  'call by the numbers of x32',
]);

if (process.platform !== 'linux' || process.arch !== 'x64') {
  t.pass('skipped: the attempts are made by the numbers of Linux on x86_64');
} else {
  const attempts = JSON.parse(execFileSync('env', args, { encoding: 'utf8' })) as string[];
  t.ok(attempts.length > 30, 'there are attempts');
  const folder = t.testdir({ victim: '' });
  for (const attempt of attempts) {
    t.test(`in the jail: ${attempt}`, async (t) => {
      const { status, signal, stderr } = spawnSync('env', [...args, attempt, folder], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      if (DEADLY.has(attempt)) t.equal(signal, 'SIGSYS', stderr);
      else t.equal(status, 40, `${signal} ${stderr}`);
    });
  }
  t.strictSame(readdirSync(folder), ['victim'], 'nothing was made or removed');
}
