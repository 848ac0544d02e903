import { ExecaError, execa } from 'execa';
import { describeSystemError, ToolError } from '../base/errors.ts';
import type { Janitor } from '../files/janitor.ts';
import type { GitAddress } from './git-address.ts';
import { reasonOf } from './git-words.ts';
import { SilenceWatch } from './silence.ts';

/**
 * Answers git's question for a name and a password with what stands on descriptor 3, once: neither
 * an argument, nor the environment, nor a file ever holds it.
 */
const HELPER = '!f() { test "$1" = get && cat <&3; }; f';
/** The git commands that may be asked who they are. */
const REMOTE_COMMANDS: ReadonlySet<string> = new Set(['ls-remote', 'fetch']);
const MAX_OUTPUT = 0x4000000;

/** Whatever the user's are: a PACK is kept as received, one file with an IDX v2; nothing is tidied. */
const SETTINGS = [
  'fetch.unpackLimit=1',
  'pack.indexVersion=2',
  'pack.packSizeLimit=0',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** Variables that would turn git to another repository than the one we name. */
const REPOSITORY_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_CEILING_DIRECTORIES',
];

/** git failed; its own last words are the message. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** Runs the git of this machine on one repository of ours, without ever asking anything. */
export class GitClient {
  readonly #repository: string;
  readonly #janitor: Janitor;
  readonly #remote: GitAddress;
  readonly #timeout: number;

  /**
   * `repository` is the folder of a bare repository; `janitor` watches over it; a remote may be
   * silent for `timeout` seconds, or for ever at 0.
   */
  constructor(repository: string, janitor: Janitor, remote: GitAddress, timeout: number) {
    this.#repository = repository;
    this.#janitor = janitor;
    this.#remote = remote;
    this.#timeout = timeout;
  }

  /**
   * Runs git, with a file as its stdin and another as its stdout where they are named; gives its
   * stdout otherwise. `onMessage` is told what it writes to stderr, piece by piece; `env` goes above the
   * environment.
   * @throws GitError; ToolError UNAVAILABLE if there is no git
   */
  async run(
    args: readonly string[],
    options: {
      readonly input?: string;
      readonly output?: string;
      readonly onMessage?: (text: string) => void;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const { input, output, onMessage, env } = options;
    const isRemote = REMOTE_COMMANDS.has(args[0] as string);
    return this.#watched(async () => {
      const child = execa('git', this.#arguments(args), {
        ...this.#options(env),
        stdio: [
          input === undefined ? 'ignore' : { file: input },
          output === undefined ? 'pipe' : { file: output },
          'pipe',
          ...this.#secret(isRemote),
        ],
      });
      this.#janitor.watchGroup(child.pid);
      child.stderr?.on('data', (piece: Buffer) => onMessage?.(piece.toString('latin1')));
      const silence = new SilenceWatch(child, isRemote ? this.#timeout : 0);
      try {
        return `${(await child).stdout ?? ''}`;
      } catch (error) {
        if (silence.ended)
          throw new GitError(`silent for ${this.#timeout} s: given up (--timeout)`);
        throw error;
      } finally {
        silence.close();
      }
    });
  }

  /** Runs git and gives its stdout as it comes, byte for byte. @throws as `run` */
  async *pieces(args: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
    const child = execa('git', this.#arguments(args), {
      ...this.#options(),
      encoding: 'buffer',
      buffer: { stdout: false },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#janitor.watchGroup(child.pid);
    try {
      for await (const piece of child.iterable({ binary: true })) yield piece;
    } catch (error) {
      throw describeFailure(error);
    } finally {
      this.#janitor.watchGroup(undefined);
    }
  }

  async #watched<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw describeFailure(error);
    } finally {
      this.#janitor.watchGroup(undefined);
    }
  }

  #arguments(args: readonly string[]): string[] {
    return [`--git-dir=${this.#repository}`, ...SETTINGS.flatMap((s) => ['-c', s]), ...args];
  }

  #secret(wanted: boolean): Iterable<string>[] {
    const { username, password } = this.#remote;
    if (password === undefined || !wanted) return [];
    return [new Set([`username=${username}\npassword=${password}\n`])];
  }

  #options(env: Readonly<Record<string, string>> = {}) {
    return {
      env: { ...this.#environment(), ...env },
      extendEnv: false,
      // A group of its own, which the janitor can end as a whole, and no terminal to ask at.
      detached: true,
      maxBuffer: MAX_OUTPUT,
    } as const;
  }

  #environment(): Record<string, string> {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) {
      if (value !== undefined && !REPOSITORY_VARIABLES.includes(name)) env[name] = value;
    }
    Object.assign(env, this.#janitor.environment);
    env.GIT_TERMINAL_PROMPT = '0';
    env.GIT_DEFAULT_HASH = 'sha1';
    env.GIT_ALLOW_PROTOCOL = 'file:git:http:https:ssh';
    // Messages are matched below.
    env.LC_ALL = 'C';
    if (this.#remote.password !== undefined) {
      // Ours alone: a helper of the user's would be asked first, and would store what we give.
      const count = Number(env.GIT_CONFIG_COUNT ?? 0);
      env[`GIT_CONFIG_KEY_${count}`] = 'credential.helper';
      env[`GIT_CONFIG_VALUE_${count}`] = '';
      env[`GIT_CONFIG_KEY_${count + 1}`] = 'credential.helper';
      env[`GIT_CONFIG_VALUE_${count + 1}`] = HELPER;
      env.GIT_CONFIG_COUNT = `${count + 2}`;
    }
    return env;
  }
}

function describeFailure(error: unknown): unknown {
  if (!(error instanceof ExecaError)) return error;
  if (error.code === 'ENOENT') {
    const hint = 'git is needed to read a repository: install it (Debian: apt-get install git)';
    return new ToolError('UNAVAILABLE', hint, error);
  }
  if (error.exitCode === undefined && error.signal === undefined && !error.isMaxBuffer) {
    return new ToolError('IO', `cannot run git: ${describeSystemError(error.cause)}`, error);
  }
  return new GitError(reasonOf(String(error.stderr ?? '')) ?? error.shortMessage);
}
