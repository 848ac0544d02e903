import {
  AF_UNIX,
  EAGAIN,
  EINTR,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  O_CLOEXEC,
  SCM_RIGHTS,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts';
import { type Libc, SyscallError } from './libc.ts';

// struct msghdr: where its fields lie.
const IOV = 16;
const IOV_LENGTH = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const HEADER_BYTES = 56;
// struct cmsghdr: u64 length, i32 level, i32 type; descriptors follow.
const CMSG_BYTES = 16;
/** Clients that wait to be accepted. */
const BACKLOG = 128;

/** The result of one call. */
export interface Received {
  /** How many bytes; 0 where the other side has closed. */
  readonly count: number;
  /** The caller's to close. */
  readonly fds: readonly number[];
  /** More descriptors came than there was room for: they are lost. */
  readonly lost: boolean;
}

/** Receives bytes with the descriptors that came with them (unix(7), SCM_RIGHTS). */
export class MessageReceiver {
  readonly #libc: Libc;
  readonly #header: DataView;
  readonly #vector: BigInt64Array;
  readonly #control: DataView;
  readonly #address: bigint;
  readonly #mostFds: number;

  constructor(libc: Libc, mostFds: number) {
    const header = new ArrayBuffer(HEADER_BYTES);
    const vector = new ArrayBuffer(16);
    // Rounded up to what CMSG_SPACE gives.
    const control = new ArrayBuffer(CMSG_BYTES + Math.ceil((mostFds * 4) / 8) * 8);
    this.#libc = libc;
    this.#mostFds = mostFds;
    this.#header = new DataView(header);
    this.#vector = new BigInt64Array(vector);
    this.#control = new DataView(control);
    this.#address = libc.address(header);
    this.#header.setBigUint64(IOV, libc.address(vector), true);
    this.#header.setBigUint64(IOV_LENGTH, 1n, true);
    this.#header.setBigUint64(CONTROL, libc.address(control), true);
  }

  /**
   * Does not wait.
   * @param into memory outside the heap
   * @returns undefined where there is nothing yet
   * @throws {SyscallError}
   */
  receive(socket: number, into: ArrayBuffer, offset: number, length: number): Received | undefined {
    this.#vector[0] = this.#libc.address(into) + BigInt(offset);
    this.#vector[1] = BigInt(length);
    this.#header.setBigUint64(CONTROL_LENGTH, BigInt(this.#control.byteLength), true);
    const count = this.#libc.raw('recvmsg', socket, this.#address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count === -EAGAIN || count === -EINTR) return undefined;
    if (count < 0) throw new SyscallError('recvmsg', -count);
    const lost = (this.#header.getInt32(FLAGS, true) & MSG_CTRUNC) !== 0;
    return { count, fds: this.#descriptors(), lost };
  }

  #descriptors(): number[] {
    const filled = Number(this.#header.getBigUint64(CONTROL_LENGTH, true));
    if (filled < CMSG_BYTES) return [];
    const control = this.#control;
    const isRights =
      control.getInt32(8, true) === SOL_SOCKET && control.getInt32(12, true) === SCM_RIGHTS;
    if (!isRights) return [];
    const bytes = Math.min(filled, Number(control.getBigUint64(0, true))) - CMSG_BYTES;
    const count = Math.min(this.#mostFds, Math.floor(bytes / 4));
    return Array.from({ length: count }, (_, index) =>
      control.getInt32(CMSG_BYTES + index * 4, true),
    );
  }
}

/**
 * A unix socket that listens at a path, which must not exist, and appears with the permissions that the
 * process's umask leaves: its descriptor.
 * @throws {SyscallError}
 */
export function listenUnix(libc: Libc, path: string): number {
  const name = Buffer.from(path);
  const address = new Uint8Array(new ArrayBuffer(2 + name.length + 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  const socket = libc.call('socket', AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0);
  try {
    libc.call('bind', socket, libc.address(address.buffer), address.length);
    libc.call('listen', socket, BACKLOG);
    return socket;
  } catch (error) {
    libc.raw('close', socket);
    throw error;
  }
}
