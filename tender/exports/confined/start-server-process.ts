import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { cleanText } from '../../base/clean-text.ts';
import { TenderError } from '../../base/errors.ts';
import { startConfined } from '../../jail/confine.ts';
import { landlockVersion } from '../../jail/landlock.ts';
import type { Walls } from '../../jail/walls.ts';
import { findProgram } from '../../native/find-program.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import { spawn } from '../../native/spawn.ts';
import { ownPath, type ProcessEnd, watchProcess } from '../../native/watched-process.ts';

/** What every such process is told, as JSON in its argument. */
export interface ServerConfig {
  /** Files of koffi's native module. */
  readonly koffi: readonly string[];
  /** The version of Landlock that holds the process already. */
  readonly landlock: number;
}

/** What to start. */
export interface ServerProcessOptions<Config extends ServerConfig> {
  /** The name of its bundle in dist/runtime. */
  readonly program: string;
  readonly config: Omit<Config, 'landlock'>;
  /** Become its descriptors from `FIRST_GIVEN_FD` on; they stay the caller's. */
  readonly fds: readonly number[];
  /** A line of JSON that it told, parsed; anything at all, should somebody have broken into it. */
  readonly onTold: (event: Readonly<Record<string, unknown>>) => void;
  /** @param words how it ended, and what it said then */
  readonly onEnd: (end: ProcessEnd, words: string) => void;
}

/** A process that serves others, confined by the kernel as a guest is. */
export interface ServerProcess {
  readonly pid: number;
  /** What the kernel took from it before it became Node. */
  readonly walls: Walls;
  /** It takes nobody new, and ends once nobody is connected. */
  retire(): void;
  /** It says goodbye, and ends. */
  end(): void;
  kill(): void;
}

/** Megabytes of JavaScript's heap: requests leave nothing behind. */
const HEAP_MIB = 32;
/** Megabytes of its youngest objects: more would only spread over more memory. */
const YOUNG_MIB = 1;
/** Of what it writes to stderr, as much is kept. */
const MAX_WORDS = 4096;
/** A longer line is no event: somebody has broken into the process. */
const MAX_LINE = 64 * 1024;

function nodeFlags(program: string): string[] {
  return [
    `--max-old-space-size=${HEAP_MIB}`,
    `--max-semi-space-size=${YOUNG_MIB}`,
    '--no-warnings',
    '--v8-pool-size=1',
    '--permission',
    `--allow-fs-read=${dirname(program)}`,
    '--allow-addons',
  ];
}

function describeEnd(end: ProcessEnd, words: string): string {
  const how =
    'signal' in end
      ? `ended by ${end.signal}`
      : 'status' in end
        ? `status ${end.status}`
        : end.failure;
  return words === '' ? how : `${how}: ${words}`;
}

/**
 * Starts a server in a process of its own.
 * @throws {TenderError} where it cannot be started, or not be confined
 */
export function startServerProcess<Config extends ServerConfig>(
  libc: Libc,
  { program: name, config, fds, onTold, onEnd }: ServerProcessOptions<Config>,
): ServerProcess {
  const program = findProgram(name);
  const file = ownPath();
  const told = JSON.stringify({ ...config, landlock: landlockVersion(libc) });
  const args = [...nodeFlags(program), program, told];
  const files = [program, ...config.koffi.slice(0, 1)];
  // The channel is all that it has to say something.
  const nowhere = openSync('/dev/null', 'r+');
  try {
    const spawned = startConfined(libc, { program: file, files, cpuSeconds: 0 }, (by) =>
      spawn(libc, { file, args, cwd: '/', stdout: nowhere, fds, ...by }),
    );
    const child = watchProcess(libc, spawned);
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => {
      if (words.length < MAX_WORDS) words += bytes.toString('latin1');
    });
    // A process that ends without having read all is an error of the channel: its end is what counts.
    child.channel.on('error', () => {});
    let rest = '';
    child.channel.setEncoding('utf8');
    child.channel.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE) child.kill();
      for (const line of lines) {
        const event = parseLine(line);
        if (event !== undefined) onTold(event);
      }
    });
    child.onEnd((end) => onEnd(end, describeEnd(end, cleanText(words))));
    const { pid, walls } = spawned;
    return {
      pid,
      walls,
      retire: () => void child.channel.write('\n'),
      end: () => void child.channel.end(),
      kill: () => child.kill(),
    };
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new TenderError(`cannot start the process of the server: ${error.message}`);
  } finally {
    closeSync(nowhere);
  }
}

/** Whoever broke into the process could say anything: what is no event is dropped. */
function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
