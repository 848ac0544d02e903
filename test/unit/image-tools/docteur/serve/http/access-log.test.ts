// Logs of requests: files, and FIFOs that are read later, or by nobody.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openAccessLog } from '../../../../../../image-tools/docteur/serve/http/access-log.ts';
import type { Answered } from '../../../../../../image-tools/docteur/serve/http/answered.ts';

const answered = (target: string): Answered => ({
  client: '127.0.0.1',
  method: 'GET',
  target,
  httpVersion: '1.1',
  header: () => undefined,
  status: 200,
  bytes: 3,
});
const LINE = /^127\.0\.0\.1 - - \[.*\] "GET \/a HTTP\/1\.1" 200 3\n$/;

function open(t: Test, path: string) {
  return openAccessLog(path, 'common', (words) => t.fail(words));
}

function fifoOf(t: Test): string {
  const path = join(t.testdir({}), 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

t.test('a file has every line once the log is closed', async (t) => {
  const path = join(t.testdir({ log: '' }), 'log');
  const log = open(t, path);
  for (let i = 0; i < 100; i += 1) log.write(answered('/a'));
  await log.close();
  const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
  t.equal(lines.length, 100);
  t.match(lines[99], LINE);
});

t.test('a FIFO that nobody reads does not keep the server from its end', async (t) => {
  const log = open(t, fifoOf(t));
  log.write(answered('/a'));
  await log.close();
  t.pass('it ended');
});

t.test('who reads a FIFO may come later', async (t) => {
  const path = fifoOf(t);
  const log = open(t, path);
  log.write(answered('/a'));
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(fd));
  await log.close();
  const bytes = Buffer.alloc(1000);
  t.match(bytes.toString('latin1', 0, readSync(fd, bytes)), LINE);
});

t.test('nor does one that is full; what was left out is told once, and counted', async (t) => {
  const path = fifoOf(t);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  t.teardown(() => closeSync(fd));
  const told: string[] = [];
  const log = openAccessLog(path, 'common', (words) => told.push(words));
  for (let i = 0; i < 20_000; i += 1) log.write(answered('/a'));
  t.match(told, [/^lines are left out/]);
  await log.close();
  t.match(told, [/^lines/, /^\d{4,} lines left out$/]);
  t.equal(readSync(fd, Buffer.alloc(1 << 16)), 1 << 16);
});

t.test('a disk that is full ends the log, and is told once', async (t) => {
  const told: string[] = [];
  const log = openAccessLog('/dev/full', 'common', (words) => told.push(words));
  for (let i = 0; i < 3; i += 1) {
    log.write(answered('/a'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await log.close();
  t.match(told, [/^\/dev\/full: cannot write, .*: no space left on device$/]);
});
