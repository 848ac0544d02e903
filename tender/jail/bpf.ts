/** One instruction of classic BPF, as in <linux/filter.h>. */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly operand: number;
}

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_ABOVE = 0x25;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;

const INSTRUCTION_BYTES = 8;

/** Loads the 32-bit word at a byte offset of the data that the filter looks at. */
export function load(offset: number): Instruction {
  return { code: LOAD_WORD, jumpTrue: 0, jumpFalse: 0, operand: offset };
}

/** Ends the program with `value`: the verdict on the call. */
export function give(value: number): Instruction {
  return { code: RETURN, jumpTrue: 0, jumpFalse: 0, operand: value };
}

type Test = 'equal' | 'above' | 'at least' | 'any bit';
const CODES: Record<Test, number> = {
  equal: JUMP_EQUAL,
  above: JUMP_ABOVE,
  'at least': JUMP_AT_LEAST,
  'any bit': JUMP_ANY_BIT,
};

/** Skips the next instruction unless the loaded word passes the test. */
export function unlessSkip(test: Test, operand: number): Instruction {
  return { code: CODES[test], jumpTrue: 0, jumpFalse: 1, operand };
}

/** Returns `otherwise` unless the loaded word passes the test. */
export function requireElse(test: Test, operand: number, otherwise: number): Instruction[] {
  return [{ code: CODES[test], jumpTrue: 1, jumpFalse: 0, operand }, give(otherwise)];
}

/** Skips the next `count` instructions unless the loaded word passes the test. */
export function block(test: Test, operand: number, body: readonly Instruction[]): Instruction[] {
  return [{ code: CODES[test], jumpTrue: 0, jumpFalse: body.length, operand }, ...body];
}

/** The program in the kernel's layout (struct sock_filter), little-endian. */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jumpTrue, jumpFalse, operand }, index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jumpTrue);
    view.setUint8(at + 3, jumpFalse);
    view.setUint32(at + 4, operand, true);
  });
  return bytes;
}
