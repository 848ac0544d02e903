import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanText } from '../../base/clean-text.ts';
import { TenderError } from '../../base/errors.ts';
import { startConfined } from '../../jail/confine.ts';
import { landlockVersion } from '../../jail/landlock.ts';
import type { Walls } from '../../jail/walls.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import { spawn } from '../../native/spawn.ts';
import { ownPath, type ProcessEnd, watchProcess } from '../../native/watched-process.ts';
import type { BackEndConfig, BackEndEvent } from './back-end-config.ts';

/** The programs that there are, by the kind of the device. */
export type BackEndKind = 'block' | 'fs';

/** What to start. */
export interface BackEndOptions extends Omit<BackEndConfig, 'landlock'> {
  readonly kind: BackEndKind;
  /** Descriptors that stay the caller's: of the listening socket and of the image. */
  readonly listener: number;
  readonly image: number;
  readonly onEvent: (event: BackEndEvent) => void;
  /** @param words what it said at its end, if anything */
  readonly onEnd: (end: ProcessEnd, words: string) => void;
}

/** A process that is the device of one virtual machine. */
export interface BackEnd {
  readonly pid: number;
  /** What the kernel took from it before it became Node. */
  readonly walls: Walls;
  /** It ends once no front end is connected. */
  retire(): void;
  kill(): void;
}

/** Megabytes of JavaScript's heap: requests leave nothing behind. */
const HEAP_MIB = 32;
/** Of what it writes to stderr, as much is kept. */
const MAX_WORDS = 4096;

/** From a command's bundle, from the library in dist, or from source. @throws {TenderError} */
function findProgram(kind: BackEndKind): string {
  const name = `runtime/vhost-user-${kind}.cjs`;
  const files = ['../', '../../../', '../../../dist/'].map((place) =>
    fileURLToPath(new URL(`${place}${name}`, import.meta.url)),
  );
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new TenderError(`${files[0]}: missing; is docteur built?`);
  return found;
}

function nodeFlags(program: string): string[] {
  return [
    `--max-old-space-size=${HEAP_MIB}`,
    '--no-warnings',
    '--v8-pool-size=1',
    '--permission',
    `--allow-fs-read=${dirname(program)}`,
    '--allow-addons',
  ];
}

/**
 * Starts the device of one virtual machine in a process of its own, confined by the kernel as a guest is.
 * @throws {TenderError} where it cannot be started, or not be confined
 */
export function startBackEnd(libc: Libc, options: BackEndOptions): BackEnd {
  const { kind, listener, image, onEvent, onEnd, ...about } = options;
  const program = findProgram(kind);
  const config: BackEndConfig = { ...about, landlock: landlockVersion(libc) };
  const file = ownPath();
  const args = [...nodeFlags(program), program, JSON.stringify(config)];
  const files = [program, ...about.koffi.slice(0, 1)];
  // The channel is all that it has to say something.
  const nowhere = openSync('/dev/null', 'r+');
  try {
    const spawned = startConfined(libc, { program: file, files, cpuSeconds: 0 }, (by) =>
      spawn(libc, { file, args, cwd: '/', stdout: nowhere, fds: [listener, image], ...by }),
    );
    const child = watchProcess(libc, spawned);
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => {
      if (words.length < MAX_WORDS) words += bytes.toString('latin1');
    });
    // A process that ends without having read all is an error of the channel: its end is what counts.
    child.channel.on('error', () => {});
    const lines = createInterface(child.channel);
    lines.on('error', () => {});
    lines.on('line', (line) => {
      const event = parseEvent(line);
      if (event !== undefined) onEvent(event);
    });
    child.onEnd((end) => onEnd(end, cleanText(words)));
    const { pid, walls } = spawned;
    return { pid, walls, retire: () => void child.channel.write('\n'), kill: () => child.kill() };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new TenderError(`cannot start the device's process: ${error.message}`);
  } finally {
    closeSync(nowhere);
  }
}

/** A machine that broke out of its device could say anything: what is none of ours is dropped. */
function parseEvent(line: string): BackEndEvent | undefined {
  try {
    const { event, reason, message } = JSON.parse(line) as Record<string, unknown>;
    if (event === 'ready' || event === 'connect') return { event };
    if (event === 'disconnect') {
      return { event, reason: reason === undefined ? undefined : cleanText(reason) };
    }
    if (event === 'broken' || event === 'fault') return { event, message: cleanText(message) };
  } catch {
    // Not JSON.
  }
  return undefined;
}
