/** A piece of a program: instructions, a place with a name, or a jump to a place. */
type Part =
  | readonly number[]
  | { readonly place: string }
  | { readonly jump: keyof typeof OPCODES; readonly to: string };

const OPCODES = { always: 0xeb, equal: 0x74, carry: 0x72 };
/** A jump's opcode, and its distance in one byte. */
const JUMP_BYTES = 2;

function sizeOf(part: Part): number {
  if ('place' in part) return 0;
  return 'jump' in part ? JUMP_BYTES : part.length;
}

/** The machine code of a short program (x86_64). */
export function assemble(parts: readonly Part[]): Uint8Array {
  const places = new Map<string, number>();
  let size = 0;
  for (const part of parts) {
    if ('place' in part) places.set(part.place, size);
    size += sizeOf(part);
  }
  const code: number[] = [];
  for (const part of parts) {
    if ('jump' in part) {
      const distance = (places.get(part.to) ?? Number.NaN) - (code.length + JUMP_BYTES);
      if (!(distance >= -128 && distance < 128)) throw new RangeError(`no jump to ${part.to}`);
      code.push(OPCODES[part.jump], distance & 0xff);
    } else if (!('place' in part)) code.push(...part);
  }
  return Uint8Array.from(code);
}

/** A 64-bit number inside an instruction. */
export function imm64(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return [...bytes];
}
