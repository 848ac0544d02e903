import { AF_UNIX, O_CLOEXEC, SOCK_STREAM } from './constants.ts';
import { type Libc, SyscallError } from './libc.ts';

/** A program to start, in a session of its own and with no environment. */
export interface SpawnOptions {
  readonly file: string;
  /** Behind the program's own name. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Becomes its descriptor 1. */
  readonly stdout: number;
}

/** A process; its ends of the pipe and the socket pair are closed here. */
export interface Spawned {
  readonly pid: number;
  /** Its descriptor 2, to be read from. */
  readonly stderr: number;
  /** One end of a socket pair, whose other one is its descriptor 3. */
  readonly channel: number;
}

// Of <spawn.h>; the same in glibc and musl.
const SETSIGDEF = 4;
const SETSIGMASK = 8;
const SETSID = 0x80;
/** More than each of the library's own structures takes, in bytes. */
const STRUCT_BYTES = 512;

/** The functions that take everything as an address or an int. */
function bindSpawn({ bind }: Libc) {
  const on = (name: string, ...more: string[]) =>
    bind(`posix_spawn${name}`, 'int', ['int64', ...more]);
  return {
    spawn: on('', 'int64', 'int64', 'int64', 'int64', 'int64'),
    initActions: on('_file_actions_init'),
    destroyActions: on('_file_actions_destroy'),
    addOpen: on('_file_actions_addopen', 'int', 'int64', 'int', 'int'),
    addDup: on('_file_actions_adddup2', 'int', 'int'),
    addChdir: on('_file_actions_addchdir_np', 'int64'),
    initAttributes: on('attr_init'),
    setFlags: on('attr_setflags', 'int16'),
    setDefaultSignals: on('attr_setsigdefault', 'int64'),
  };
}

/**
 * Starts a program by posix_spawn: a tenth of the time that `node:child_process` takes to be loaded,
 * and to copy this process's page tables before the program takes its place.
 * @throws {SyscallError} where the kernel refuses
 * @throws where the C library is too old for a change of folder
 */
export function posixSpawn(libc: Libc, { file, args, cwd, stdout }: SpawnOptions): Spawned {
  const c = bindSpawn(libc);
  // Held here until the program has started.
  const held: ArrayBuffer[] = [];
  const allot = (bytes: number) => {
    const buffer = new ArrayBuffer(bytes);
    held.push(buffer);
    return { buffer, address: libc.address(buffer) };
  };
  const text = (value: string) => {
    const bytes = Buffer.from(`${value}\0`);
    const { buffer, address } = allot(bytes.length);
    new Uint8Array(buffer).set(bytes);
    return address;
  };
  const vector = (values: readonly string[]) => {
    const { buffer, address } = allot((values.length + 1) * 8);
    new BigInt64Array(buffer).set(values.map(text));
    return address;
  };
  const check = (call: string, errno: number) => {
    if (errno !== 0) throw new SyscallError(call, errno);
  };

  const pairs = allot(16);
  const [channel = 0, channelThere = 0, stderr = 0, stderrThere = 0] = openPairs(libc, pairs);
  try {
    const actions = allot(STRUCT_BYTES).address;
    check('posix_spawn', c.initActions(actions));
    // In this order: none takes the place of one that is still to be moved.
    check('posix_spawn', c.addDup(actions, stdout, 1));
    check('posix_spawn', c.addDup(actions, stderrThere, 2));
    check('posix_spawn', c.addDup(actions, channelThere, 3));
    check('posix_spawn', c.addOpen(actions, 0, text('/dev/null'), 0, 0));
    check('posix_spawn', c.addChdir(actions, text(cwd)));
    const attributes = allot(STRUCT_BYTES).address;
    check('posix_spawn', c.initAttributes(attributes));
    // No signal is blocked, none is ignored: what Node does to SIGPIPE would be inherited.
    check('posix_spawn', c.setFlags(attributes, SETSID | SETSIGDEF | SETSIGMASK));
    const signals = allot(128);
    new Uint8Array(signals.buffer).fill(0xff);
    check('posix_spawn', c.setDefaultSignals(attributes, signals.address));
    const pid = allot(4);
    const argv = vector([file, ...args]);
    const started = c.spawn(pid.address, text(file), actions, attributes, argv, vector([]));
    c.destroyActions(actions);
    check('posix_spawn', started);
    return { pid: new Int32Array(pid.buffer)[0] as number, stderr, channel };
  } catch (error) {
    for (const fd of [channel, stderr]) libc.raw('close', fd);
    throw error;
  } finally {
    for (const fd of [channelThere, stderrThere]) libc.raw('close', fd);
  }
}

/** A socket pair, then a pipe: four descriptors that no other program inherits. */
function openPairs(libc: Libc, { buffer, address }: { buffer: ArrayBuffer; address: bigint }) {
  libc.call('socketpair', AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, address);
  const fds = new Int32Array(buffer);
  try {
    libc.call('pipe2', address + 8n, O_CLOEXEC);
  } catch (error) {
    for (const fd of fds.subarray(0, 2)) libc.raw('close', fd);
    throw error;
  }
  return fds;
}
