// Bits into bytes, lowest first, as deflate wants them.

let target: u32 = 0;
let buffer: u64 = 0;
let held: u32 = 0;

/** Starts writing at `address`. */
export function startBits(address: u32): void {
  target = address;
  buffer = 0;
  held = 0;
}

/** Writes the low `count` bits of `value`, 32 at most; the others are zero. */
export function writeBits(value: u32, count: u32): void {
  buffer |= (<u64>value) << (<u64>held);
  held += count;
  while (held >= 8) {
    store<u8>(target++, <u8>buffer);
    buffer >>= 8;
    held -= 8;
  }
}

/** Fills the last byte with zero bits. */
export function alignBits(): void {
  if (held > 0) writeBits(0, 8 - held);
}

/** Copies whole bytes; the bits before have been aligned. */
export function writeBytes(address: u32, length: u32): void {
  memory.copy(target, address, length);
  target += length;
}

/** The address after the last whole byte. */
export function bitsEnd(): u32 {
  return target;
}
