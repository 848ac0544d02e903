import { existsSync, openSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { confineSelf } from '../../tender/jail/confine-self.ts';
import { Arena } from '../../tender/native/arena.ts';
import { F_SETFD, FD_CLOEXEC } from '../../tender/native/constants.ts';
import { findKoffi } from '../../tender/native/koffi.ts';
import { type Libc, SyscallError } from '../../tender/native/libc.ts';
import { ownPath } from '../../tender/native/watched-process.ts';
import { ToolError } from '../base/errors.ts';
import type { ServerConfig } from './server-config.ts';

/**
 * Requests leave little but short-lived objects behind: a small heap, often swept and without holes, holds them, and V8
 * needs no more than one thread beside the server's.
 */
const FLAGS = [
  '--no-warnings',
  '--v8-pool-size=1',
  '--max-semi-space-size=1',
  '--initial-old-space-size=4',
  '--optimize-for-size',
  '--heap-growing-percent=15',
  '--compact-on-every-full-gc',
];
const ENVIRONMENT = [
  // Nobody looks at what is asked through a ring of io_uring: libuv is to make none for files.
  'UV_USE_IO_URING=0',
  // What glibc's malloc gets back goes back to the system.
  'MALLOC_ARENA_MAX=1',
  'MALLOC_MMAP_THRESHOLD_=65536',
  'MALLOC_TRIM_THRESHOLD_=262144',
];

/** The program of the server, and what it loads. */
export interface ServerProgram {
  readonly file: string;
  readonly koffi: readonly string[];
}

/** Finds it beside a command's bundle, or from source. @throws ToolError UNAVAILABLE */
export function findServer(): ServerProgram {
  const files = ['../runtime/', '../../dist/runtime/'].map((place) =>
    fileURLToPath(new URL(`${place}mount-server.cjs`, import.meta.url)),
  );
  const file = files.find((path) => existsSync(path));
  if (file === undefined) {
    throw new ToolError('UNAVAILABLE', `${files[0]}: missing; is docteur built?`);
  }
  return { file, koffi: findKoffi(import.meta.url) };
}

/**
 * Makes this process the server of a mounted image, under the same number: it gives up what it does not need, and
 * executes Node anew, so that nothing of the command is left in its memory. There is no way back.
 * @throws {SyscallError} where the kernel does not execute it
 */
export function becomeServer(
  libc: Libc,
  { file, koffi }: ServerProgram,
  config: Omit<ServerConfig, 'koffi'>,
): never {
  const node = ownPath();
  const about: ServerConfig = { ...config, koffi };
  const args = [node, ...FLAGS, file, JSON.stringify(about)];
  // A folder that is somebody's current one cannot be taken away.
  process.chdir('/');
  const nowhere = openSync('/dev/null', 'r+');
  // What others left open when they started this process would be inherited.
  for (const fd of readdirSync('/proc/self/fd')) {
    libc.raw('fcntl', Number(fd), F_SETFD, FD_CLOEXEC);
  }
  for (const place of [0, 1]) libc.raw('dup3', nowhere, place, 0);
  for (const fd of [2, ...Object.values(config.fds)]) libc.raw('fcntl', fd, F_SETFD, 0);
  confineSelf(libc, { program: node, files: [file, ...koffi.slice(0, 1)] });
  const arena = new Arena(libc);
  const words = [arena.texts(args), arena.texts(ENVIRONMENT)] as const;
  throw new SyscallError('execve', -libc.raw('execve', arena.text(node), ...words));
}
