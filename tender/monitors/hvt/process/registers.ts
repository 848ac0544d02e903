import { FRAME_BYTES, Frame } from './trap-code.ts';

/** By their numbers in instructions: the places in a frame. */
const NUMBERED = [
  Frame.RAX,
  Frame.RCX,
  Frame.RDX,
  Frame.RBX,
  Frame.RSP,
  Frame.RBP,
  Frame.RSI,
  Frame.RDI,
  ...Array.from({ length: 8 }, (_, index) => Frame.R8 + 8 * index),
];

const NAMES = [
  ...['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'],
];

type Register = (typeof Frame)[keyof typeof Frame];

/** A guest's registers at a trap: a copy, which the guest cannot change. */
export class TrapRegisters {
  readonly #view: DataView<ArrayBuffer>;

  /** @param frame of {@link FRAME_BYTES}, the copy's to keep */
  constructor(frame: DataView<ArrayBuffer>) {
    this.#view = frame;
  }

  get(register: Register): bigint {
    return this.#view.getBigUint64(register, true);
  }

  set(register: Register, value: bigint): void {
    this.#view.setBigUint64(register, value, true);
  }

  /** A register by its number in an instruction, from 0 to 15. */
  numbered(number: number): bigint {
    return this.#view.getBigUint64(NUMBERED[number] as number, true);
  }

  setNumbered(number: number, value: bigint): void {
    this.#view.setBigUint64(NUMBERED[number] as number, value, true);
  }

  /** The address, of which the highest are not exact: they are no memory. */
  address(register: Register): number {
    return Number(this.get(register));
  }

  /** The low half of a register. */
  low(register: Register): number {
    return this.#view.getUint32(register, true);
  }

  /** By their names. */
  named(): Record<string, bigint> {
    const words = NAMES.map((name, number) => [name, this.numbered(number)] as const);
    const [rip, rflags] = [this.get(Frame.RIP), this.get(Frame.RFLAGS)];
    return { ...Object.fromEntries(words), rip, rflags, cs: 8n, ss: 16n };
  }

  /** Puts the registers back, where the kernel takes them from: not what the processor told of the fault. */
  store(frame: Uint8Array): void {
    frame.set(new Uint8Array(this.#view.buffer, Frame.R8, Frame.RFLAGS + 8 - Frame.R8), Frame.R8);
  }
}
