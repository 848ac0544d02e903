/** A piece of a program: instructions, a place with a name, or a jump to a place. */
export type Part =
  | readonly number[]
  | { readonly place: string }
  | {
      readonly jump: 'always' | 'equal' | 'differs' | 'negative' | 'below' | 'not below';
      readonly to: string;
    };

/** All jumps have a distance of 32 bits: a few bytes more, and no place is too far. */
const OPCODES = {
  always: [0xe9],
  equal: [0x0f, 0x84],
  differs: [0x0f, 0x85],
  negative: [0x0f, 0x88],
  /** The carry is set. */
  below: [0x0f, 0x82],
  'not below': [0x0f, 0x83],
};
const DISTANCE_BYTES = 4;

function sizeOf(part: Part): number {
  if ('place' in part) return 0;
  return 'jump' in part ? OPCODES[part.jump].length + DISTANCE_BYTES : part.length;
}

/** The machine code of a program (x86_64), and at which byte each of its places is. */
export function assemble(parts: readonly Part[]): {
  readonly code: Uint8Array;
  readonly places: ReadonlyMap<string, number>;
} {
  const places = new Map<string, number>();
  let size = 0;
  for (const part of parts) {
    if ('place' in part) places.set(part.place, size);
    size += sizeOf(part);
  }
  const code: number[] = [];
  for (const part of parts) {
    if ('jump' in part) {
      const target = places.get(part.to);
      if (target === undefined) throw new RangeError(`no place ${part.to}`);
      code.push(...OPCODES[part.jump], ...imm32(target - (code.length + sizeOf(part))));
    } else if (!('place' in part)) code.push(...part);
  }
  return { code: Uint8Array.from(code), places };
}

function littleEndian(value: number | bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) =>
    Number((BigInt(value) >> BigInt(8 * index)) & 0xffn),
  );
}

/** A 32-bit number inside an instruction. */
export function imm32(value: number): number[] {
  return littleEndian(value, 4);
}

/** A 64-bit number inside an instruction. */
export function imm64(value: number): number[] {
  return littleEndian(value, 8);
}
