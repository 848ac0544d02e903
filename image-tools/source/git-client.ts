import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ExecaError, execa } from 'execa';
import { describeSystemError, ToolError } from '../base/errors.ts';
import type { TemporaryFolder } from '../files/temporary-folder.ts';
import { collectAll, collectWords } from '../helpers/collect.ts';
import {
  boundedCommand,
  describeLimit,
  HELPER_ENVIRONMENT,
  type HelperLimits,
  inputAsDescriptor3,
  NOT_INSTALLED,
} from '../helpers/limits.ts';
import { endGroup, ProcessWatch } from '../helpers/watch.ts';
import type { GitAddress } from './git-address.ts';
import { gitEnvironment } from './git-environment.ts';
import { type GitLogin, loginOf } from './git-login.ts';
import { reasonOf } from './git-words.ts';

/** Bytes that one run of git may write to a pipe of ours that is read to its end. */
const MAX_OUTPUT = 0x4000000;
/** Processor time of one process of git's, in seconds. */
const CPU_SECONDS = 7200;

/** Whatever the user's are: a PACK is kept as received, one file with an IDX v2; nothing is tidied. */
const SETTINGS = [
  'fetch.unpackLimit=1',
  'pack.indexVersion=2',
  'pack.packSizeLimit=0',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** PACKs are mapped in windows, so that large ones fit into the memory that git may have. */
const WINDOWS = ['-c', 'core.packedGitWindowSize=32m', '-c', 'core.packedGitLimit=512m'];

/** Whoever may read a repository may have any commit of it. */
const ANY_COMMIT = '-c uploadpack.allowAnySHA1InWant=true';

type Stdio = readonly ['ignore' | 'pipe' | { file: string }, 'pipe' | { file: string }];

/** git's stdout ended before the answer did: what git says of it is the better reason. */
export class StreamEnded extends Error {}

/** git failed; its own last words are the message. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** How long a client may take, and how much. */
export interface GitBounds {
  /** Seconds that a remote may be silent; 0 for as long as it likes. */
  readonly timeout: number;
  /** Seconds that all runs together may take; 0 for as long as they like. */
  readonly maxTime: number;
  /** Bytes of the largest file that git may write: what it receives is one PACK. */
  readonly maxPack: number;
  /** Address space of one process of git's, in bytes; a quarter of it for a list of references. */
  readonly memory: number;
  /** Ends what is running, and all that is begun then. */
  readonly signal?: AbortSignal | undefined;
}

/** The folder that git works in: a run whose repository is not there before and after it fails. */
export type GitPlace = Pick<TemporaryFolder, 'path' | 'janitor' | 'checkPlace'>;

/** What one run of git reads, writes and tells. */
export interface GitRun {
  /** A file that is its stdin, and one that is its stdout. */
  readonly input?: string;
  readonly output?: string;
  /** Told what it writes to stderr, piece by piece. */
  readonly onMessage?: (text: string) => void;
  /** Goes above the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the git of this machine on one repository of ours, without ever asking anything. */
export class GitClient {
  readonly #place: GitPlace;
  readonly #remote: GitAddress;
  readonly #login: GitLogin | undefined;
  readonly #bounds: GitBounds;
  readonly #deadline: number;
  readonly #env: Readonly<Record<string, string>>;

  /** `place` holds a bare repository. */
  constructor(
    place: GitPlace,
    remote: GitAddress,
    bounds: GitBounds,
    deadline = performance.now() + bounds.maxTime * 1000,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#place = place;
    this.#remote = remote;
    this.#login = loginOf(remote);
    this.#bounds = bounds;
    this.#deadline = deadline;
    this.#env = env;
  }

  /** A client of the same repository, within the same bounds, for another remote; `env` goes above its environment. */
  forRemote(remote: GitAddress, env: Readonly<Record<string, string>> = {}): GitClient {
    return new GitClient(this.#place, remote, this.#bounds, this.#deadline, env);
  }

  /**
   * Runs git and gives its stdout, unless that is a file.
   * @throws GitError; ToolError UNAVAILABLE if there is no git, LIMIT if it needs more than it may
   */
  async run(args: readonly string[], options: GitRun = {}): Promise<string> {
    const { input, output, onMessage, env } = options;
    const stdio: Stdio = [
      input === undefined ? 'ignore' : { file: input },
      output === undefined ? 'pipe' : { file: output },
    ];
    const child = this.#start(args, stdio, env);
    child.stderr?.on('data', (piece: Buffer) => onMessage?.(piece.toString('latin1')));
    let tooMuch = false;
    const stdout = collectAll(output === undefined ? child.stdout : null, MAX_OUTPUT, () => {
      tooMuch = true;
      endGroup(child.pid);
    });
    return this.#watched(child, args, async () => {
      await child.catch((error) => {
        if (!tooMuch) throw error;
      });
      if (tooMuch) throw new ToolError('LIMIT', `git printed more than ${MAX_OUTPUT} bytes`);
      return stdout().replace(/\n$/, '');
    });
  }

  /** Runs git with a pipe to its stdin and one from its stdout, for as long as `use` takes. @throws as `run` */
  async converse<Result>(
    args: readonly string[],
    use: (stdin: Writable, stdout: Readable) => Promise<Result>,
  ): Promise<Result> {
    const child = this.#start(args, ['pipe', 'pipe']);
    child.stdin?.on('error', () => undefined);
    return this.#watched(child, args, async () => {
      try {
        const result = await use(child.stdin as Writable, child.stdout as Readable);
        child.stdin?.end();
        await child;
        return result;
      } catch (error) {
        // If git has ended, its own message is the reason; if `use` stopped early, git need not go on.
        child.stdin?.end();
        child.stdout?.destroy();
        if (error instanceof StreamEnded) await child;
        endGroup(child.pid);
        await child.catch(() => undefined);
        throw error;
      }
    });
  }

  #start(args: readonly string[], stdio: Stdio, env: GitRun['env'] = {}) {
    this.#checkTime();
    this.#place.checkPlace();
    const login = isRemote(args) ? this.#login : undefined;
    const secret = login?.descriptor;
    const bounded = boundedCommand('git', this.#arguments(args), this.#limitsOf(args));
    // What a server that never asks leaves unread is no error on stdin, as it would be on another pipe.
    const command = secret === undefined ? bounded : inputAsDescriptor3(bounded);
    const child = execa(command.file, command.args, {
      env: {
        ...gitEnvironment(login?.settings ?? []),
        ...login?.environment,
        ...HELPER_ENVIRONMENT,
        ...this.#place.janitor.environment,
        ...this.#env,
        ...env,
      },
      extendEnv: false,
      // A group of its own, which the janitor can end as a whole, and no terminal to ask at.
      detached: true,
      // Execa would hold, and quote, whatever is said.
      buffer: false,
      ...(secret === undefined
        ? { stdio: [...stdio, 'pipe'] as const }
        : { input: secret, stdout: stdio[1], stderr: 'pipe' as const }),
    });
    this.#place.janitor.watchGroup(child.pid);
    return child;
  }

  #checkTime(): void {
    const { maxTime, signal } = this.#bounds;
    signal?.throwIfAborted();
    if (maxTime === 0 || performance.now() < this.#deadline) return;
    throw new GitError(`not done after ${maxTime} s: given up (--max-time)`);
  }

  async #watched<Result>(
    child: Pick<ChildProcess, 'pid' | 'stdout' | 'stderr'>,
    args: readonly string[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { timeout, maxTime, signal } = this.#bounds;
    const stop = () => endGroup(child.pid);
    signal?.addEventListener('abort', stop);
    const words = collectWords(child.stderr);
    const left = Math.max(0, this.#deadline - performance.now()) / 1000 + 0.01;
    const watch = new ProcessWatch(child, {
      silence: isRemote(args) ? timeout : 0,
      total: maxTime === 0 ? 0 : left,
    });
    try {
      const result = await work();
      this.#place.checkPlace();
      return result;
    } catch (error) {
      if (watch.end === 'silent') {
        throw new GitError(`silent for ${timeout} s: given up (--timeout)`);
      }
      if (watch.end === 'late') this.#checkTime();
      throw describeFailure(error, words(), this.#limitsOf(args));
    } finally {
      signal?.removeEventListener('abort', stop);
      watch.close();
      this.#place.janitor.watchGroup(undefined);
    }
  }

  #arguments([command = '', ...rest]: readonly string[]): string[] {
    const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
    // The other side of a repository on this machine is a git of ours, too, within the same limits.
    const isLocal = command === 'fetch' && this.#remote.address.startsWith('/');
    const other = isLocal
      ? [`--upload-pack=git ${WINDOWS.join(' ')} ${ANY_COMMIT} upload-pack`]
      : [];
    return [`--git-dir=${this.#place.path}`, ...settings, ...WINDOWS, command, ...other, ...rest];
  }

  #limitsOf([command]: readonly string[]): HelperLimits {
    const { memory, maxPack } = this.#bounds;
    return {
      memory: command === 'ls-remote' ? memory / 4 : memory,
      fileSize: maxPack,
      cpuSeconds: CPU_SECONDS,
    };
  }
}

/** Whether a run of git speaks with a remote. */
function isRemote([command]: readonly string[]): boolean {
  return command === 'ls-remote' || command === 'fetch' || command === 'lfs';
}

function describeFailure(error: unknown, text: string, limits: HelperLimits): unknown {
  if (!(error instanceof ExecaError)) return error;
  if (error.exitCode === NOT_INSTALLED) {
    const hint = 'git is needed to read a repository: install it (Debian: apt-get install git)';
    return new ToolError('UNAVAILABLE', hint, error);
  }
  if (error.exitCode === undefined && error.signal === undefined) {
    return new ToolError('IO', `cannot run git: ${describeSystemError(error.cause)}`, error);
  }
  // The other side may say what it likes: it is not within our limits.
  const own = text.replace(/^remote: .*$/gm, '');
  const limit = describeLimit(`${own}\n${error.signal ?? ''}`, limits);
  if (limit !== undefined) return new ToolError('LIMIT', `git ${limit}`, error);
  return new GitError(reasonOf(text) ?? `git ended with ${error.signal ?? error.exitCode}`);
}
