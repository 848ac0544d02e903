import { instantiate } from '#format';
import { KERNEL_WASM } from './wasm/kernel.ts';

/** The functions of kernel/index.ts. Addresses and lengths are in bytes of the kernel's memory. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  freeMemory(): number;
  ensureMemory(end: bigint): void;
  sketch(address: number, length: number, out: number): void;
  shingleTableSize(maxEntries: number, objects: number): number;
  startShingles(address: number, maxEntries: number, objects: number): void;
  takeShingles(address: number, length: number): void;
  shinglesInHand(): number;
  addShingles(object: number): void;
  vote(objects: number, count: number, out: number): number;
  /** `literalCost` is in eighths of a byte. */
  startTarget(literalCost: number): void;
  deltaBound(length: number): number;
  deltaCost(): number;
  deltaIndexSize(length: number, every: number): number;
  selectBase(address: number, length: number, every: number, index: number): void;
  indexBase(address: number, length: number, every: number, index: number): void;
  deltaPathMemory(base: number, target: number): number;
  listCopies(address: number, length: number, maxChain: number, work: number): void;
  encodeCheapest(address: number, length: number, literalCost: number, out: number): number;
  deflateMemory(): number;
  deflateBound(length: number): number;
  deflate(
    address: number,
    length: number,
    maxChain: number,
    enough: number,
    passes: number,
    guess: boolean,
    last: boolean,
    work: number,
    out: number,
  ): number;
  lazyMemory(): number;
  deflateLazily(
    address: number,
    length: number,
    maxChain: number,
    enough: number,
    last: boolean,
    limit: number,
    work: number,
    out: number,
  ): number;
  operationListSize(length: number): number;
  encodeDelta(
    address: number,
    length: number,
    maxChain: number,
    limit: number,
    list: number,
    out: number,
  ): number;
}

/** Numbers in one content sketch: SKETCH_SIZE of kernel/sketch.ts. */
export const SKETCH_SIZE = 16;

/** Bytes past an area that the kernel may read (never use) when it loads a whole word. */
const SLACK = 16;

/** A new instance of the WebAssembly part of the packer, with a memory of its own. */
export function createKernel(): Kernel {
  return instantiate<Kernel>(KERNEL_WASM, {});
}

/** Hands out areas of a kernel's memory, all of them given back at once. */
export class KernelMemory {
  readonly #kernel: Kernel;
  #next: number;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#next = kernel.freeMemory();
  }

  /** The address of `length` bytes, aligned to 16; usable after {@link KernelMemory.view}. */
  take(length: number): number {
    const address = this.#next;
    this.#next = Math.ceil((address + length + SLACK) / 16) * 16;
    return address;
  }

  /** All memory, grown to hold every area taken so far; valid until the next call. */
  view(): Uint8Array {
    this.#kernel.ensureMemory(BigInt(this.#next + SLACK));
    return new Uint8Array(this.#kernel.memory.buffer);
  }
}
