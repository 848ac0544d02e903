import { MAX_TRANSFER, Result } from '#abi';
import { RequestError } from '../../block/block-device.ts';
import type { CheckedDevice } from '../../block/filters/checked.ts';
import { GuestFault, type GuestMemory, getU64 } from './guest-memory.ts';

/** Hypercalls of hvt, version 2: what is written to port 0x500 + n. */
const Hypercall = {
  WALLTIME: 1,
  PUTS: 2,
  POLL: 3,
  BLOCK_WRITE: 4,
  BLOCK_READ: 5,
  NET_WRITE: 6,
  NET_READ: 7,
  HALT: 8,
} as const;

const PORT_BASE = 0x500;
/** Smallest cookie of HALT, in bytes. */
const COOKIE_BYTES = 512;

/** Frames of a network interface, whole. */
export interface Frames {
  /** Takes the next one; gives its length, or undefined where none is there. @throws {HostError} */
  read(into: Uint8Array<ArrayBuffer>): number | undefined;
  /** @throws {HostError} or RequestError for something other than a frame */
  write(from: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** A device as hypercalls see it; its handle is its place in the manifest. */
export interface HvtDevice {
  readonly blocks?: CheckedDevice | undefined;
  readonly frames?: Frames | undefined;
}

/** What hypercalls work with. */
export interface HypercallContext {
  readonly memory: GuestMemory;
  /** By their handles; the first one is reserved. */
  readonly devices: readonly (HvtDevice | undefined)[];
  /** Writes all of it to the console. @throws {HostError} (or rejects) */
  write(bytes: Uint8Array<ArrayBuffer>): undefined | Promise<undefined>;
  /** Nanoseconds since 1970, UTC. */
  wallClock(): bigint;
  /** Waits for a device, at most so long; returns the handles that are ready, as bits. */
  poll(nanoseconds: bigint): bigint | Promise<bigint>;
}

/** The guest left, with a status from 0 to 255. */
interface Halt {
  readonly status: number;
  /** Where the guest put the registers of a trap; 0 for nowhere. */
  readonly cookie: number;
}

/** Nothing while the guest goes on. */
export type Served = Halt | undefined;

/** A device's result. Only a RequestError is the guest's fault. */
function settle(
  call: () => void | Promise<void>,
  answer: (result: Result) => undefined,
): undefined | Promise<undefined> {
  const refuse = (error: unknown): undefined => {
    if (!(error instanceof RequestError)) throw error;
    answer(Result.EINVAL);
  };
  try {
    const later = call();
    if (later !== undefined) {
      return Promise.resolve(later).then(() => answer(Result.OK), refuse);
    }
    return answer(Result.OK);
  } catch (error) {
    return refuse(error);
  }
}

type Handler = (context: HypercallContext, gpa: number) => Served | Promise<Served>;

const walltime: Handler = ({ memory, wallClock }, gpa) => {
  memory.setU64(gpa, wallClock());
  return undefined;
};

const puts: Handler = ({ memory, write }, gpa) => {
  const call = memory.copy(gpa, 16);
  return write(memory.readable(getU64(call, 0), getU64(call, 8)));
};

const poll: Handler = ({ memory, poll }, gpa) => {
  memory.writable(gpa, 24);
  const timeout = memory.copy(gpa, 24).getBigUint64(0, true);
  const answer = (ready: bigint): undefined => {
    memory.setU64(gpa + 8, ready);
    memory.setI32(gpa + 16, countBits(ready));
  };
  const ready = poll(timeout);
  return typeof ready === 'bigint' ? answer(ready) : ready.then(answer);
};

function countBits(bits: bigint): number {
  return bits.toString(2).replaceAll('0', '').length;
}

function answerAt(memory: GuestMemory, address: number): (result: Result) => undefined {
  return (result) => {
    memory.setI32(address, result);
  };
}

function block(isWrite: boolean): Handler {
  return ({ memory, devices }, gpa) => {
    memory.writable(gpa, 40);
    const call = memory.copy(gpa, 40);
    const answer = answerAt(memory, gpa + 32);
    const { blocks } = devices[getU64(call, 0)] ?? {};
    const [offset, data, length] = [getU64(call, 8), getU64(call, 16), getU64(call, 24)];
    if (blocks === undefined) return answer(Result.EINVAL);
    const bytes = blocks.sectorSize * blocks.capacity;
    // Before the memory is looked at, as in the original.
    if (offset >= bytes || length > bytes - offset) return answer(Result.EINVAL);
    // A longer one would keep the tender from everything else.
    if (length > MAX_TRANSFER) return answer(Result.EINVAL);
    if (!isWrite) {
      const into = memory.writable(data, length);
      return settle(() => blocks.read(offset, [into]), answer);
    }
    const from = memory.readable(data, length);
    // A descriptor that was opened for reading gives the same.
    if (blocks.write === undefined) return answer(Result.EUNSPEC);
    return settle(() => blocks.write?.(offset, [from]), answer);
  };
}

const netWrite: Handler = ({ memory, devices }, gpa) => {
  memory.writable(gpa, 32);
  const call = memory.copy(gpa, 32);
  const answer = answerAt(memory, gpa + 24);
  const { frames } = devices[getU64(call, 0)] ?? {};
  if (frames === undefined) return answer(Result.EINVAL);
  const from = memory.readable(getU64(call, 8), getU64(call, 16));
  return settle(() => frames.write(from), answer);
};

const netRead: Handler = ({ memory, devices }, gpa) => {
  memory.writable(gpa, 32);
  const call = memory.copy(gpa, 32);
  const answer = answerAt(memory, gpa + 24);
  const { frames } = devices[getU64(call, 0)] ?? {};
  if (frames === undefined) return answer(Result.EINVAL);
  const length = frames.read(memory.writable(getU64(call, 8), getU64(call, 16)));
  if (length === undefined) return answer(Result.AGAIN);
  memory.setU64(gpa + 16, BigInt(length));
  return answer(Result.OK);
};

const halt: Handler = ({ memory }, gpa) => {
  const call = memory.copy(gpa, 16);
  const cookie = getU64(call, 0);
  if (cookie !== 0) memory.readable(cookie, COOKIE_BYTES);
  return { status: call.getInt32(8, true) & 0xff, cookie };
};

const HANDLERS: Readonly<Record<number, Handler>> = {
  [Hypercall.WALLTIME]: walltime,
  [Hypercall.PUTS]: puts,
  [Hypercall.POLL]: poll,
  [Hypercall.BLOCK_WRITE]: block(true),
  [Hypercall.BLOCK_READ]: block(false),
  [Hypercall.NET_WRITE]: netWrite,
  [Hypercall.NET_READ]: netRead,
  [Hypercall.HALT]: halt,
};

/**
 * Carries out what a guest asked for by writing to a port. The struct is copied before it is checked.
 * @param gpa where the struct is, any number of 32 bits
 * @throws {GuestFault} (or rejects) if the guest must end for it
 * @throws {HostError} (or rejects) where the host failed
 */
export function serveHypercall(
  context: HypercallContext,
  port: number,
  gpa: number,
): Served | Promise<Served> {
  const handler = HANDLERS[port - PORT_BASE];
  if (handler === undefined) throw invalidPort(port);
  return handler(context, gpa);
}

/** The guest used a port that does not exist. */
export function invalidPort(port: number): GuestFault {
  return new GuestFault(`Invalid guest port access: port=0x${port.toString(16)}`);
}
