import type { AwaitedLines } from '../../fetcher/awaited-lines.ts';
import type { Chain } from '../../virtio/device.ts';
import { DeviceQueue, VirtqueueError } from '../../virtio/device-queue.ts';
import type { BackEndDevice } from './back-end-device.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { VhostHost } from './host.ts';
import { OrderedServer } from './ordered-server.ts';
import type { RingAddresses } from './wire/ring-addresses.ts';

/** What carries out a chain: a back end has no event loop. */
export type ServeChain = (chain: Chain) => ReturnType<BackEndDevice['serve']>;

/** One queue of the device, as the front end sets it up, starts and stops it. */
export class Ring {
  readonly #host: VhostHost;
  readonly #serve: ServeChain;
  readonly #awaited: AwaitedLines | undefined;
  /** What the front end sent, until it sends other: the ring's to close. */
  #kick: number | undefined;
  #call: number | undefined;
  #size = 0;
  #addresses: RingAddresses | undefined;
  #position = 0;
  /** Bytes that the machine was given before it was started last, and of all how many were told. */
  #bytes = 0;
  #told = 0;
  #enabled = false;
  /** From the kick descriptor on, until GET_VRING_BASE. */
  #started = false;
  #running: { readonly queue: DeviceQueue; readonly server: OrderedServer } | undefined;

  /** @param awaited what the device reads, where that comes later */
  constructor(host: VhostHost, serve: ServeChain, awaited: AwaitedLines | undefined) {
    this.#host = host;
    this.#awaited = awaited;
    this.#serve = serve;
  }

  /** To be polled; undefined where nothing is to be heard. */
  get kick(): number | undefined {
    return this.#running === undefined ? undefined : this.#kick;
  }

  #requireStopped(what: string): void {
    if (this.#running !== undefined) throw new Error(`${what} of a ring that runs`);
  }

  setSize(size: number): void {
    this.#requireStopped('the size');
    this.#size = size;
  }

  setAddresses(addresses: RingAddresses, memory: GuestMemory | undefined): void {
    this.#addresses = addresses;
    this.remap(memory);
  }

  setPosition(position: number): void {
    this.#requireStopped('the position');
    this.#position = position & 0xffff;
  }

  setEnabled(enabled: boolean, memory: GuestMemory | undefined): void {
    this.#enabled = enabled;
    this.remap(memory);
  }

  setKick(fd: number | undefined, memory: GuestMemory | undefined): void {
    this.#close(this.#kick);
    this.#kick = fd;
    this.#started = true;
    this.remap(memory);
  }

  setCall(fd: number | undefined): void {
    this.#close(this.#call);
    this.#call = fd;
  }

  /** Stops; where it may go on later. */
  stop(): number {
    this.#halt();
    this.#started = false;
    this.#close(this.#kick);
    this.#kick = undefined;
    return this.#position;
  }

  /** Its memory is going to be unmapped. */
  halt(): void {
    this.#halt();
  }

  /**
   * Runs from now on, if it may, in this memory.
   * @throws {VirtqueueError} where it does not lie there
   */
  remap(memory: GuestMemory | undefined): void {
    this.#halt();
    const addresses = this.#addresses;
    if (!this.#enabled || !this.#started || memory === undefined || addresses === undefined) return;
    const guest = (user: number) => {
      const address = memory.guestAddress(user);
      if (address === undefined)
        throw new VirtqueueError(`a ring at ${user} is outside the memory`);
      return address;
    };
    const layout = {
      size: this.#size,
      descriptors: guest(addresses.descriptors),
      available: guest(addresses.available),
      used: guest(addresses.used),
    };
    const queue = new DeviceQueue(memory.map, layout, this.#position);
    const server = new OrderedServer(queue, this.#serve, this.#awaited);
    this.#running = { queue, server };
  }

  #halt(): void {
    if (this.#running === undefined) return;
    // What is under way is asked for again, by whoever goes on: reads may be repeated.
    this.#position = this.#running.server.position;
    this.#bytes += this.#running.server.bytes;
    this.#running.server.close();
    this.#running = undefined;
  }

  /** Bytes that the machine was given since the last call. */
  takeBytes(): number {
    const total = this.#bytes + (this.#running?.server.bytes ?? 0);
    const bytes = total - this.#told;
    this.#told = total;
    return bytes;
  }

  /** Whether something was made available that can be taken. */
  get hasNews(): boolean {
    const running = this.#running;
    return running !== undefined && !running.queue.isEmpty && !running.server.isFull;
  }

  /** The kick descriptor can be read. */
  hearKick(): void {
    if (this.#kick !== undefined) this.#host.drain(this.#kick);
  }

  /**
   * Serves what was made available, up to `limit` chains, and tells the machine.
   * @returns whether there may be more
   * @throws {VirtqueueError} where the machine broke the ring
   */
  takeTurn(limit: number): boolean {
    const running = this.#running;
    if (running === undefined) return false;
    const { queue, server } = running;
    // While it is looked at, nobody needs to say that there is more: saying it leaves the machine.
    queue.setKicksWanted(false);
    const { taken, given } = server.takeTurn(limit);
    if (given > 0 && queue.wantsCalls && this.#call !== undefined) this.#host.signal(this.#call);
    if (taken > 0) return true;
    // There is no room for more: what is fetched makes it.
    if (server.isFull) return false;
    queue.setKicksWanted(true);
    // What came between is not announced.
    return !queue.isEmpty;
  }

  close(): void {
    this.stop();
    this.setCall(undefined);
  }

  #close(fd: number | undefined): void {
    if (fd !== undefined) this.#host.close(fd);
  }
}
