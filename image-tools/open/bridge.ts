import type { MessagePort } from 'node:worker_threads';
import type { RemoteAddress } from '../../tender/block/remote/image-address.ts';
import type { RemoteOptions } from '../../tender/block/remote/open-image-device.ts';

/** What a thread that reads an image elsewhere is started with. */
export interface BridgeInput {
  readonly address: RemoteAddress;
  readonly options: RemoteOptions;
  /** Set and notified once the image is open, or cannot be. */
  readonly opened: Int32Array<SharedArrayBuffer>;
  /** Carries orders and answers. It is closed with the source. */
  readonly port: MessagePort;
}

/** What that thread then says. */
export type BridgeAnswer = { readonly size: number; readonly shown: string } | BridgeFault;

/** Why something cannot be done, in one line. */
export interface BridgeFault {
  readonly error: string;
}

/** Reads that are wanted together. */
export interface BridgeOrder {
  readonly reads: readonly { readonly offset: number; readonly length: number }[];
  /** See {@link mailboxOf}: the bytes of all reads, one after the other. */
  readonly memory: SharedArrayBuffer;
}

export const PENDING = 0;
export const DONE = 1;
export const FAILED = 2;

const STATE_BYTES = 8;

/** A piece of shared memory: the state of an order, and the bytes that it brings. */
export interface Mailbox {
  readonly memory: SharedArrayBuffer;
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export function mailboxOf(memory: SharedArrayBuffer): Mailbox {
  const state = new Int32Array(memory, 0, 1);
  return { memory, state, bytes: new Uint8Array(memory, STATE_BYTES) };
}

/** A new one with room for so many bytes. */
export function newMailbox(bytes: number): Mailbox {
  return mailboxOf(new SharedArrayBuffer(STATE_BYTES + bytes));
}

/** Wakes the thread that waits for an order, or for the opening. */
export function settle(state: Int32Array<SharedArrayBuffer>, result: number): void {
  Atomics.store(state, 0, result);
  Atomics.notify(state, 0);
}
