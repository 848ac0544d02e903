import type { BackEndDevice } from './back-end-device.ts';
import { GuestMemory } from './guest-memory.ts';
import type { VhostHost } from './host.ts';
import { Ring } from './ring.ts';
import { decodeConfigRange, encodeConfig } from './wire/config-space.ts';
import { decodeMemoryTable } from './wire/memory-table.ts';
import { encodeMessage, type MessageHeader, VhostRequest } from './wire/message.ts';
import { decodeRingAddresses } from './wire/ring-addresses.ts';
import { decodeRingEvent } from './wire/ring-event.ts';
import { decodeRingState, encodeRingState } from './wire/ring-state.ts';
import { encodeU64 } from './wire/u64.ts';

/** The front end asks for what cannot be: the session ends. */
export class VhostError extends Error {
  override readonly name = 'VhostError';
}

const PROTOCOL_FEATURES = 1n << 30n;
const VERSION_1 = 1n << 32n;
const FEATURE_MQ = 1n << 0n;
const FEATURE_REPLY_ACK = 1n << 3n;
const FEATURE_CONFIG = 1n << 9n;

/** Requests with an answer of their own. */
const ANSWERED: ReadonlySet<number> = new Set([
  VhostRequest.GET_FEATURES,
  VhostRequest.GET_PROTOCOL_FEATURES,
  VhostRequest.GET_QUEUE_NUM,
  VhostRequest.GET_VRING_BASE,
  VhostRequest.GET_CONFIG,
]);

const DONE = 0n;
const FAILED = 1n;

function expect<T>(decoded: T | undefined, what: string): T {
  if (decoded === undefined) throw new VhostError(`${what} makes no sense`);
  return decoded;
}

/**
 * One front end's connection: messages in, answers out; it holds the machine's memory and rings. The device
 * is the same for all sessions, one after another.
 */
export class VhostSession {
  readonly #device: BackEndDevice;
  readonly #host: VhostHost;
  readonly #rings: readonly Ring[];
  readonly #features: bigint;
  readonly #protocol: bigint;
  #acknowledges = false;
  /** Without the feature a ring is enabled as soon as it is started. */
  #enables = false;
  #memory: GuestMemory | undefined;

  constructor(device: BackEndDevice, host: VhostHost) {
    this.#device = device;
    this.#host = host;
    this.#features = BigInt(device.features) | PROTOCOL_FEATURES | VERSION_1;
    const config = device.config.length > 0 ? FEATURE_CONFIG : 0n;
    this.#protocol = FEATURE_MQ | FEATURE_REPLY_ACK | config;
    this.#rings = Array.from(
      { length: device.queues },
      (_, queue) => new Ring(host, (chain) => device.serve(queue, chain), device.awaited),
    );
  }

  get rings(): readonly Ring[] {
    return this.#rings;
  }

  /**
   * Carries out a message.
   * @param fds came with it: the session's from now on
   * @returns what is to be sent back, if anything
   * @throws {VhostError} where the session has to end; `reply` of it is still to be sent
   */
  receive(
    { request, needReply }: MessageHeader,
    payload: Buffer,
    fds: readonly number[],
  ): Buffer | undefined {
    const left = new Set(fds);
    const take = () => {
      const [fd] = left;
      if (fd !== undefined) left.delete(fd);
      return fd;
    };
    const answers = ANSWERED.has(request);
    const acknowledge = (how: bigint) =>
      needReply && this.#acknowledges && !answers
        ? encodeMessage(request, encodeU64(how))
        : undefined;
    try {
      const answer = this.#carryOut(request, payload, take, fds);
      if (answer !== undefined) return encodeMessage(request, answer);
      return acknowledge(DONE);
    } catch (error) {
      const reply = acknowledge(FAILED);
      throw new SessionEnd((error as Error).message, reply);
    } finally {
      for (const fd of left) this.#host.close(fd);
    }
  }

  #carryOut(
    request: number,
    payload: Buffer,
    take: () => number | undefined,
    fds: readonly number[],
  ): Buffer | undefined {
    switch (request) {
      case VhostRequest.GET_FEATURES:
        return encodeU64(this.#features);
      case VhostRequest.SET_FEATURES:
        return this.#setFeatures(payload);
      case VhostRequest.GET_PROTOCOL_FEATURES:
        return encodeU64(this.#protocol);
      case VhostRequest.SET_PROTOCOL_FEATURES:
        return this.#setProtocolFeatures(payload);
      case VhostRequest.GET_QUEUE_NUM:
        return encodeU64(BigInt(this.#rings.length));
      case VhostRequest.SET_MEM_TABLE:
        return this.#setMemory(payload, fds);
      case VhostRequest.SET_VRING_NUM: {
        const { ring, value } = this.#ringState(payload);
        ring.setSize(value);
        return undefined;
      }
      case VhostRequest.SET_VRING_BASE: {
        const { ring, value } = this.#ringState(payload);
        ring.setPosition(value);
        return undefined;
      }
      case VhostRequest.GET_VRING_BASE: {
        const { ring, index } = this.#ringState(payload);
        return encodeRingState({ index, value: ring.stop() });
      }
      case VhostRequest.SET_VRING_ENABLE: {
        const { ring, value } = this.#ringState(payload);
        ring.setEnabled(value === 1, this.#memory);
        return undefined;
      }
      case VhostRequest.SET_VRING_ADDR: {
        const addresses = expect(decodeRingAddresses(payload), 'the address of a ring');
        this.#ring(addresses.index).setAddresses(addresses, this.#memory);
        return undefined;
      }
      case VhostRequest.SET_VRING_KICK:
      case VhostRequest.SET_VRING_CALL:
      case VhostRequest.SET_VRING_ERR:
        return this.#setEvent(request, payload, take);
      case VhostRequest.GET_CONFIG: {
        const range = expect(decodeConfigRange(payload), 'the range of a configuration');
        return encodeConfig(range, this.#device.config);
      }
      case VhostRequest.SET_CONFIG:
        throw new VhostError('the device is read-only');
      case VhostRequest.SET_OWNER:
      case VhostRequest.RESET_OWNER:
      // Nothing of ours is asked of a front end: its descriptor is closed.
      case VhostRequest.SET_BACKEND_REQ_FD:
        return undefined;
      default:
        throw new VhostError(`unknown request ${request}`);
    }
  }

  #setFeatures(payload: Buffer): undefined {
    if (payload.length !== 8) throw new VhostError('features of no 8 bytes');
    const features = payload.readBigUInt64LE();
    if ((features & ~this.#features) !== 0n) throw new VhostError('features that were not offered');
    this.#enables = (features & PROTOCOL_FEATURES) !== 0n;
    if (!this.#enables) for (const ring of this.#rings) ring.setEnabled(true, this.#memory);
  }

  #setProtocolFeatures(payload: Buffer): undefined {
    if (payload.length !== 8) throw new VhostError('features of no 8 bytes');
    const features = payload.readBigUInt64LE();
    if ((features & ~this.#protocol) !== 0n) throw new VhostError('features that were not offered');
    this.#acknowledges = (features & FEATURE_REPLY_ACK) !== 0n;
  }

  /** Rings that run go on in the new memory, where they still lie in it. */
  #setMemory(payload: Buffer, fds: readonly number[]): undefined {
    const table = expect(decodeMemoryTable(payload), 'the table of memory');
    const memory = GuestMemory.open(this.#host, table, fds);
    for (const ring of this.#rings) ring.halt();
    this.#memory?.close();
    this.#memory = memory;
    for (const ring of this.#rings) ring.remap(memory);
  }

  #setEvent(request: number, payload: Buffer, take: () => number | undefined): undefined {
    const { index, polled } = expect(decodeRingEvent(payload), 'the event of a ring');
    const ring = this.#ring(index);
    const fd = polled ? undefined : take();
    if (!polled && fd === undefined)
      throw new VhostError('the event of a ring without its descriptor');
    if (request === VhostRequest.SET_VRING_CALL) ring.setCall(fd);
    else if (request === VhostRequest.SET_VRING_KICK) {
      if (polled) {
        throw new VhostError('a ring without a kick descriptor would have to be polled');
      }
      ring.setKick(fd, this.#memory);
    } else if (fd !== undefined) this.#host.close(fd);
  }

  #ring(index: number): Ring {
    const ring = this.#rings[index];
    if (ring === undefined) throw new VhostError(`ring ${index} of ${this.#rings.length}`);
    return ring;
  }

  #ringState(payload: Buffer): {
    readonly ring: Ring;
    readonly index: number;
    readonly value: number;
  } {
    const { index, value } = expect(decodeRingState(payload), 'the state of a ring');
    return { ring: this.#ring(index), index, value };
  }

  /** Gives up all that the front end gave. */
  close(): void {
    for (const ring of this.#rings) ring.close();
    this.#memory?.close();
    this.#memory = undefined;
  }
}

/** Why a session ends, and what the front end is told before. */
export class SessionEnd extends VhostError {
  readonly reply: Buffer | undefined;

  constructor(message: string, reply: Buffer | undefined) {
    super(message);
    this.reply = reply;
  }
}
