import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { cleanText } from '../../../base/clean-text.ts';
import { loadLater } from '../../../base/load-later.ts';
import { hidePassword } from '../../../base/passwords.ts';
import type { QemuDisk } from './describe-disk.ts';

/**
 * Runs a program for as long as we live: when our end of its stdin closes, by whatever death, the program is
 * killed, and the folder removed. The shell lets go of stderr, so that its end tells that the program has ended.
 * Nothing may be written: the disk is read-only.
 */
const SCRIPT = `folder=$1
shift
ulimit -f 0 -c 0 2>/dev/null
exec 9<&0
"$@" </dev/null 9<&- &
child=$!
exec 1>&- 2>&- 3<&-
read -r end <&9
kill -s KILL $child 2>/dev/null
wait $child
# Whatever programs the user lets qemu-nbd find.
PATH=/usr/bin:/bin
rm -rf -- "$folder"`;

const NOT_INSTALLED = /qemu-nbd: (?:not found|No such file)/i;
/** Characters of what it says, the last ones. */
const MOST_WORDS = 4000;

/** A qemu-nbd of our own. */
export interface QemuNbd {
  /** Where it listens: in a folder that only we can enter. */
  readonly socket: string;
  /** Resolves when it has ended, with its last words. */
  readonly ended: Promise<string>;
  /** Ends it, if it still runs, and removes the socket. */
  stop(): void;
}

function lastWords(stream: Readable): Promise<string> {
  let words = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-MOST_WORDS);
  });
  return new Promise((resolve) => {
    const end = () => {
      if (NOT_INSTALLED.test(words)) {
        resolve('qemu-nbd is not installed (Debian: apt-get install qemu-utils)');
        return;
      }
      const last = words.trim().split('\n').at(-1) ?? '';
      resolve(cleanText(hidePassword(last.replace(/^qemu-nbd: /, ''))) || 'qemu-nbd ended');
    };
    stream.once('end', end).once('error', end);
  });
}

/** Starts qemu-nbd on a disk, read-only. It ends with this process, however that ends. */
export async function startQemuNbd({ args, fd }: QemuDisk): Promise<QemuNbd> {
  const { execa } = loadLater('execa');
  const folder = await mkdtemp(join(tmpdir(), 'docteur-qemu-'));
  const socket = join(folder, 'nbd');
  const options = ['--read-only', '--persistent', '--shared=1', `--socket=${socket}`];
  const child = execa('/bin/sh', ['-c', SCRIPT, 'sh', folder, 'qemu-nbd', ...options, ...args], {
    // Its types know descriptors by number for the first three alone.
    stdio: ['pipe', 'ignore', 'pipe', fd ?? 'ignore'] as unknown as ['pipe', 'ignore', 'pipe'],
    // Ctrl-C is for us; that we end is what ends it.
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  });
  child.nodeChildProcess.unref();
  const { stdin, stderr } = child;
  stdin.on('error', () => {});
  (stdin as unknown as { unref?: () => void }).unref?.();
  (stderr as unknown as { unref?: () => void }).unref?.();
  const ended = lastWords(stderr);
  // Where no shell could be started.
  void child.then(({ failed }) =>
    failed ? rm(folder, { recursive: true, force: true }) : undefined,
  );
  return { socket, ended, stop: () => stdin.end() };
}
