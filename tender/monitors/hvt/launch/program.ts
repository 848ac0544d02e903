import { assemble, imm32, imm64, type Part } from '../../../native/machine-code.ts';
import { CONTROL, Control, PROGRAM, PROGRAM_ROOM } from './layout.ts';

/** A system call that the process makes before its guest runs. */
export interface LaunchStep {
  /** For messages. */
  readonly name: string;
  readonly number: number;
  readonly args: readonly number[];
  /** The result that the next step requires; 0 by default. `any` allows every result. */
  readonly wanted?: number | 'any';
}

/** A program for a process that runs a guest. */
export interface LaunchProgram {
  /** An ELF file. */
  readonly file: Uint8Array;
  readonly steps: readonly LaunchStep[];
}

// A step: number, six arguments, wanted result, and whether it matters.
const STEP_BYTES = 72;
const ELF_HEADER = 64;
const SEGMENT_HEADER = 56;
const CODE_OFFSET = ELF_HEADER + 2 * SEGMENT_HEADER;
/** Exit status of a process whose launch failed. */
export const LAUNCH_FAILED = 127;

/** Makes the steps, then goes on behind this code. C would say: for (; s->number >= 0; s++) ... */
function launcher(list: number): Part[] {
  return [
    [0x49, 0xbc, ...imm64(CONTROL)], // mov r12, CONTROL
    [0x48, 0xbb, ...imm64(list)], // mov rbx, list
    [0x45, 0x31, 0xed], // xor r13d, r13d
    { place: 'step' },
    [0x48, 0x8b, 0x03], // mov rax, [rbx]
    [0x48, 0x85, 0xc0], // test rax, rax
    { jump: 'negative', to: 'launched' },
    [0x48, 0x8b, 0x7b, 0x08], // mov rdi, [rbx + 8]
    [0x48, 0x8b, 0x73, 0x10], // mov rsi, [rbx + 16]
    [0x48, 0x8b, 0x53, 0x18], // mov rdx, [rbx + 24]
    [0x4c, 0x8b, 0x53, 0x20], // mov r10, [rbx + 32]
    [0x4c, 0x8b, 0x43, 0x28], // mov r8, [rbx + 40]
    [0x4c, 0x8b, 0x4b, 0x30], // mov r9, [rbx + 48]
    [0x0f, 0x05], // syscall
    [0x49, 0x89, 0x84, 0x24, ...imm32(Control.RESULT)], // mov [r12 + RESULT], rax
    [0x45, 0x89, 0xac, 0x24, ...imm32(Control.STEP)], // mov [r12 + STEP], r13d
    [0x48, 0x3b, 0x43, 0x38], // cmp rax, [rbx + 56]
    { jump: 'equal', to: 'next' },
    [0x48, 0x83, 0x7b, 0x40, 0x00], // cmp qword [rbx + 64], 0
    { jump: 'differs', to: 'next' },
    [0xbf, ...imm32(LAUNCH_FAILED)], // mov edi, LAUNCH_FAILED
    [0xb8, ...imm32(231)], // mov eax, SYS_exit_group
    [0x0f, 0x05], // syscall
    { place: 'next' },
    [0x48, 0x83, 0xc3, STEP_BYTES], // add rbx, 72
    [0x49, 0xff, 0xc5], // inc r13
    { jump: 'always', to: 'step' },
    { place: 'launched' },
  ];
}

function encodeSteps(steps: readonly LaunchStep[]): Uint8Array {
  const words = new BigInt64Array((steps.length * STEP_BYTES) / 8 + 1);
  steps.forEach(({ number, args, wanted = 0 }, index) => {
    const at = (index * STEP_BYTES) / 8;
    [number, ...args].forEach((value, place) => {
      words[at + place] = BigInt(value);
    });
    words[at + 7] = wanted === 'any' ? 0n : BigInt(wanted);
    words[at + 8] = wanted === 'any' ? 1n : 0n;
  });
  words[(steps.length * STEP_BYTES) / 8] = -1n;
  return new Uint8Array(words.buffer);
}

/** What the program of a process consists of; addresses are known once its code is. */
export interface ProgramParts {
  /** What follows when the steps are done. */
  readonly code: readonly Part[];
  /** Bytes of data that steps refer to. */
  readonly dataBytes: number;
  /**
   * @param addressOf of a place in the code
   * @param data the address of the data
   */
  build(
    addressOf: (place: string) => number,
    data: number,
  ): { readonly steps: readonly LaunchStep[]; readonly data: Uint8Array };
}

function align8(value: number): number {
  return (value + 7) & ~7;
}

/**
 * The program of a process that runs a guest: a static ELF file of one segment that can be read and
 * executed. It makes a list of system calls, and goes on with `code`; all logic is in the list.
 */
export function buildProgram({ code, dataBytes, build }: ProgramParts): LaunchProgram {
  // Where the list is does not change the size of the code.
  const size = assemble([...launcher(0), ...code]).code.length;
  const dataOffset = align8(CODE_OFFSET + size);
  const listOffset = align8(dataOffset + dataBytes);
  const assembled = assemble([...launcher(PROGRAM + listOffset), ...code]);
  function addressOf(place: string): number {
    const at = assembled.places.get(place);
    if (at === undefined) throw new RangeError(`no place ${place}`);
    return PROGRAM + CODE_OFFSET + at;
  }
  const { steps, data } = build(addressOf, PROGRAM + dataOffset);
  if (data.length > dataBytes) throw new RangeError('more data than was said');
  const list = encodeSteps(steps);
  if (listOffset + list.length > PROGRAM_ROOM) throw new RangeError('too large a program');
  const file = new Uint8Array(listOffset + list.length);
  writeHeaders(new DataView(file.buffer), file.length);
  file.set(assembled.code, CODE_OFFSET);
  file.set(data, dataOffset);
  file.set(list, listOffset);
  return { file, steps };
}

function writeHeaders(view: DataView, size: number): void {
  const put = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  // ELF, 64 bits, little-endian, version 1; an executable for x86_64.
  view.setUint32(0, 0x7f454c46);
  view.setUint32(4, 0x02010100);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  put(24, PROGRAM + CODE_OFFSET);
  put(32, ELF_HEADER);
  view.setUint16(52, ELF_HEADER, true);
  view.setUint16(54, SEGMENT_HEADER, true);
  view.setUint16(56, 2, true);
  // PT_LOAD, to be read and executed.
  view.setUint32(ELF_HEADER, 1, true);
  view.setUint32(ELF_HEADER + 4, 5, true);
  put(ELF_HEADER + 16, PROGRAM);
  put(ELF_HEADER + 24, PROGRAM);
  put(ELF_HEADER + 32, size);
  put(ELF_HEADER + 40, size);
  put(ELF_HEADER + 48, 4096);
  // PT_GNU_STACK, not executable.
  view.setUint32(ELF_HEADER + SEGMENT_HEADER, 0x6474e551, true);
  view.setUint32(ELF_HEADER + SEGMENT_HEADER + 4, 6, true);
}
