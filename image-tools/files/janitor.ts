import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { ToolError } from '../base/errors.ts';
import { randomName } from './random-name.ts';

/**
 * Removes what we leave behind when we die, by whatever signal: a shell in a session of its own
 * that waits for its stdin to end, which the kernel closes with us. What it reads is the number of
 * a process group that must end first, or nothing when that one has ended; `done` when we end the
 * watch ourselves. A process that was started in the moment of our death has not been announced: on
 * Linux its environment tells, once it has one. Folders that we made for the path go with us, if nothing else is in them.
 */
const SCRIPT = `
group=
finished=
while read -r line; do
  if [ "$line" = done ]; then finished=1; else group=$line; fi
done
[ -z "$group" ] || kill -s KILL -- "-$group" 2>/dev/null
if [ -z "$finished" ]; then
  for wait in 0.1 0.4 0; do
    for file in $(grep -lzxF -- "$2" /proc/[0-9]*/environ 2>/dev/null); do
      process=\${file#/proc/}
      kill -s KILL -- "\${process%/environ}" 2>/dev/null
    done
    sleep $wait
  done
fi
tries=0
while ! rm -rf -- "$1" 2>/dev/null && [ $tries -lt 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
[ -z "$finished" ] || exit
shift 2
for folder; do rmdir -- "$folder" 2>/dev/null; done`;

/** The variable whose value, a random one, marks the processes of one watch. */
const MARK = 'DOCTEUR_WATCH';

/** Descriptors that cleaning up may take: one for each folder on the way down. */
const SPARE_DESCRIPTORS = 5;

/** A folder by the open one that it is in: nobody can put another into its place. */
export interface FolderPlace {
  readonly fd: number;
  readonly name: Buffer;
}

/** Watches over one path that must not outlive this process. */
export interface Janitor {
  /** Must be in the environment of every process that writes to the path. */
  readonly environment: Readonly<Record<string, string>>;
  /** The group of processes that write to the path just now; undefined when they have ended. */
  watchGroup(group: number | undefined): void;
  /** Removes the path now, if it is still there, and ends the watch. Resolves when that is done. */
  finish(): Promise<void>;
}

/**
 * Has `path` (file or folder, which need not exist yet) removed when this process ends, also by
 * SIGKILL. Where no shell can be started, only {@link Janitor.finish} cleans up.
 * @param made folders that are removed behind it unless `finish` is called, if they are empty: the innermost first
 * @throws ToolError IO if there are too few descriptors to clean up with
 */
export function watchOver(path: string, made: readonly FolderPlace[] = []): Janitor {
  const spare = reserveDescriptors();
  const watch = randomName(16);
  const standard = ['pipe', 'ignore', 'ignore'] as const;
  const paths = made.map(({ name }, i) => `/proc/self/fd/${standard.length + i}/${name}`);
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', path, `${MARK}=${watch}`, ...paths], {
    stdio: [...standard, ...made.map(({ fd }) => fd)],
    detached: true,
    // It must not hold any other folder, nor see a secret of ours.
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  const ended = new Promise<void>((resolve) => {
    shell.once('error', () => resolve());
    shell.once('close', () => resolve());
  });
  shell.unref();
  ignoreBrokenPipe(shell);
  return {
    environment: { [MARK]: watch },
    watchGroup(group) {
      shell.stdin?.write(`${group ?? ''}\n`);
    },
    async finish() {
      for (const fd of spare.splice(0)) closeSync(fd);
      shell.ref();
      shell.stdin?.end('done\n');
      await ended;
      // It could not be started, or not start others: too few descriptors or processes.
      if (existsSync(path)) rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Held until they are needed: whatever takes all others, there is a way to clean up. */
function reserveDescriptors(): number[] {
  const spare: number[] = [];
  try {
    while (spare.length < SPARE_DESCRIPTORS) spare.push(openSync('/dev/null', 'r'));
    return spare;
  } catch (error) {
    for (const fd of spare) closeSync(fd);
    throw new ToolError('IO', 'too many open files (ulimit -n)', error);
  }
}

function ignoreBrokenPipe(shell: ChildProcess): void {
  shell.stdin?.on('error', () => undefined);
  // An open pipe would keep the event loop of a program that forgot us alive.
  (shell.stdin as unknown as { unref?: () => void } | null)?.unref?.();
}
