/** What an instruction that traps in a process would have done in ring 0. */
export type Privileged =
  | {
      readonly kind: 'out';
      readonly length: number;
      readonly port: number | 'dx';
      readonly bytes: number;
    }
  | { readonly kind: 'in'; readonly length: number; readonly port: number | 'dx' }
  | {
      readonly kind: 'load table';
      readonly length: number;
      readonly table: 'gdt' | 'idt';
      readonly operand: Operand;
    }
  | { readonly kind: 'load task'; readonly length: number; readonly operand: Operand }
  | {
      readonly kind: 'read control' | 'write control';
      readonly length: number;
      readonly control: number;
      readonly register: number;
    }
  | { readonly kind: 'far return' | 'interrupt return' | 'halt'; readonly length: number }
  | {
      readonly kind: 'write msr' | 'read msr' | 'read time' | 'read time and processor';
      readonly length: number;
    }
  /** It has no effect here. */
  | { readonly kind: 'nothing'; readonly length: number };

/** What an instruction refers to: a register, or memory at the sum of what is given. */
export type Operand =
  | { readonly register: number }
  | {
      readonly base?: number | undefined;
      readonly index?: number | undefined;
      readonly scale: number;
      /** Signed. */
      readonly displacement: number;
      /** The displacement is from the next instruction. */
      readonly fromNext: boolean;
    };

/** A processor takes no longer instruction. */
export const MAX_INSTRUCTION = 15;

/** The bytes of an instruction, one after the other; 0 where there are no more. */
class Bytes {
  readonly #bytes: DataView;
  at = 0;

  constructor(bytes: DataView) {
    this.#bytes = bytes;
  }

  next(): number {
    const byte = this.at < this.#bytes.byteLength ? this.#bytes.getUint8(this.at) : 0;
    this.at += 1;
    return byte;
  }

  signed8(): number {
    return (this.next() << 24) >> 24;
  }

  signed32(): number {
    return this.next() | (this.next() << 8) | (this.next() << 16) | (this.next() << 24);
  }
}

interface ModRm {
  /** The middle field: a register, or what instruction it is. */
  readonly middle: number;
  readonly operand: Operand;
}

/** Reads the byte ModRM and what follows it (Intel's manual, volume 2, section 2.1.5). */
function readModRm(bytes: Bytes, rex: number): ModRm {
  const byte = bytes.next();
  const mode = byte >> 6;
  const middle = ((byte >> 3) & 7) | ((rex & 4) << 1);
  const low = byte & 7;
  if (mode === 3) return { middle, operand: { register: low | ((rex & 1) << 3) } };
  let base: number | undefined = low | ((rex & 1) << 3);
  let index: number | undefined;
  let scale = 1;
  let fromNext = false;
  if (low === 4) {
    const sib = bytes.next();
    scale = 1 << (sib >> 6);
    index = ((sib >> 3) & 7) | ((rex & 2) << 2);
    if (index === 4) index = undefined;
    base = (sib & 7) | ((rex & 1) << 3);
    if (mode === 0 && (sib & 7) === 5) base = undefined;
  } else if (mode === 0 && low === 5) {
    base = undefined;
    fromNext = true;
  }
  const wide = mode === 2 || (mode === 0 && base === undefined);
  const displacement = mode === 1 ? bytes.signed8() : wide ? bytes.signed32() : 0;
  return { middle, operand: { base, index, scale, displacement, fromNext } };
}

const PLAIN: Readonly<Record<number, 'far return' | 'interrupt return' | 'halt' | 'nothing'>> = {
  203: 'far return',
  207: 'interrupt return',
  244: 'halt',
  // cli, sti
  250: 'nothing',
  251: 'nothing',
};

const PLAIN_0F: Readonly<Record<number, 'nothing' | 'write msr' | 'read time' | 'read msr'>> = {
  // clts, invd, wbinvd
  6: 'nothing',
  8: 'nothing',
  9: 'nothing',
  48: 'write msr',
  49: 'read time',
  50: 'read msr',
};

function decodePort(bytes: Bytes, opcode: number, operandBytes: number): Privileged | undefined {
  // in and out: with the port in the instruction (E4-E7), or in dx (EC-EF); odd ones are wide.
  const low = opcode & ~0x0b;
  if (low !== 0xe4) return undefined;
  const port = (opcode & 8) !== 0 ? 'dx' : bytes.next();
  const size = (opcode & 1) !== 0 ? operandBytes : 1;
  return (opcode & 2) !== 0
    ? { kind: 'out', length: bytes.at, port, bytes: size }
    : { kind: 'in', length: bytes.at, port };
}

function decodeGroup7(bytes: Bytes, rex: number): Privileged | undefined {
  const { middle, operand } = readModRm(bytes, rex);
  const length = bytes.at;
  const isMemory = !('register' in operand);
  if (isMemory && (middle & 7) === 2) return { kind: 'load table', length, table: 'gdt', operand };
  if (isMemory && (middle & 7) === 3) return { kind: 'load table', length, table: 'idt', operand };
  // invlpg
  if (isMemory && (middle & 7) === 7) return { kind: 'nothing', length };
  if (!isMemory && (middle & 7) === 7 && operand.register === 1) {
    return { kind: 'read time and processor', length };
  }
  return undefined;
}

function decode0F(bytes: Bytes, rex: number): Privileged | undefined {
  const opcode = bytes.next();
  const plain = PLAIN_0F[opcode];
  if (plain !== undefined) return { kind: plain, length: bytes.at };
  if (opcode === 0x01) return decodeGroup7(bytes, rex);
  if (opcode === 0x00) {
    const { middle, operand } = readModRm(bytes, rex);
    if ((middle & 7) === 3) return { kind: 'load task', length: bytes.at, operand };
    // lldt
    return (middle & 7) === 2 ? { kind: 'nothing', length: bytes.at } : undefined;
  }
  if (opcode === 0x20 || opcode === 0x22) {
    // Always registers, whatever the mode says.
    const byte = bytes.next();
    const control = ((byte >> 3) & 7) | ((rex & 4) << 1);
    const register = (byte & 7) | ((rex & 1) << 3);
    const kind = opcode === 0x20 ? 'read control' : 'write control';
    return { kind, length: bytes.at, control, register };
  }
  return undefined;
}

/**
 * Decodes an instruction that trapped because it needs ring 0.
 * @param code {@link MAX_INSTRUCTION} bytes; fewer where the memory ends
 * @returns undefined if it does not need ring 0
 */
export function decodePrivileged(code: DataView): Privileged | undefined {
  const bytes = new Bytes(code);
  let opcode = bytes.next();
  let operandBytes = 4;
  if (opcode === 0x66) {
    operandBytes = 2;
    opcode = bytes.next();
  }
  let rex = 0;
  if (opcode >= 0x40 && opcode <= 0x4f) {
    rex = opcode;
    opcode = bytes.next();
  }
  const plain = PLAIN[opcode];
  if (plain !== undefined) return { kind: plain, length: bytes.at };
  if (opcode === 0x0f) return decode0F(bytes, rex);
  if (opcode === 0x8e) {
    readModRm(bytes, rex);
    return { kind: 'nothing', length: bytes.at };
  }
  return decodePort(bytes, opcode, operandBytes);
}
