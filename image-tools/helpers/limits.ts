/**
 * What a program of others (git, qemu-img) may use. The kernel holds it to that, and each of its
 * children too: what it reads comes from strangers.
 */
export interface HelperLimits {
  /** Address space of one process, in bytes. */
  readonly memory: number;
  /** Largest file that one process may write, in bytes. */
  readonly fileSize: number;
  /** Processor time of one process, in seconds. */
  readonly cpuSeconds: number;
}

/**
 * Sets the limits, then becomes the program. A limit that cannot be set is one that is lower already,
 * or one that the system does not have (macOS: memory). Without SIGXFSZ a file that becomes too large is
 * an error that the program reports ("File too large") instead of a death without words.
 */
const SCRIPT = `trap '' XFSZ
ulimit -v "$1" 2>/dev/null
ulimit -f "$2" 2>/dev/null
ulimit -S -t "$3" 2>/dev/null
shift 3
command -v "$1" >/dev/null || exit 127
exec "$@"`;

/** The exit status that says that the program is not installed. */
export const NOT_INSTALLED = 127;

/** A command line, as spawn takes it. */
export interface CommandLine {
  readonly file: string;
  readonly args: readonly string[];
}

/** The command line that runs `program` within `limits`. */
export function boundedCommand(
  program: string,
  args: readonly string[],
  { memory, fileSize, cpuSeconds }: HelperLimits,
): CommandLine {
  // The units of ulimit: KiB, blocks of 512 bytes, seconds.
  const numbers = [Math.ceil(memory / 1024), Math.ceil(fileSize / 512), Math.ceil(cpuSeconds)];
  return { file: '/bin/sh', args: ['-c', SCRIPT, 'sh', ...numbers.map(String), program, ...args] };
}

/** The same command, with nothing on stdin, and what its stdin would be on descriptor 3. */
export function inputAsDescriptor3({ file, args }: CommandLine): CommandLine {
  return { file: '/bin/sh', args: ['-c', 'exec 3<&0 </dev/null; exec "$@"', 'sh', file, ...args] };
}

/** The environment that keeps the threads of a program from reserving memory by the gigabyte. */
export const HELPER_ENVIRONMENT = { MALLOC_ARENA_MAX: '4' } as const;

const MEMORY = /out of memory|cannot allocate memory|unable to allocate|failed to allocate/i;
const CPU = /signal (?:24|XCPU)|SIGXCPU|CPU time limit exceeded/i;

/** Describes the limit that a program hit, from its last output; undefined if none. */
export function describeLimit(
  said: string,
  { memory, fileSize, cpuSeconds }: HelperLimits,
): string | undefined {
  if (/File too large/i.test(said)) return `writes a file of more than ${fileSize} bytes`;
  if (CPU.test(said)) return `takes more than ${cpuSeconds} s of processor time`;
  if (MEMORY.test(said)) return `takes more than ${memory} bytes of memory`;
  return undefined;
}
