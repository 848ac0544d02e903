// Bits into bytes, lowest first, as deflate wants them.

let target: u32 = 0;
let buffer: u64 = 0;
let held: u32 = 0;

/** Starts writing at `address`; up to 8 bytes are written beyond what comes out in the end. */
export function startBits(address: u32): void {
  target = address;
  buffer = 0;
  held = 0;
}

/** Writes the low `count` bits of `value`, 56 at most; the others are zero. */
export function writeLongBits(value: u64, count: u32): void {
  const bits = buffer | (value << (<u64>held));
  const total = held + count;
  store<u64>(target, bits);
  target += total >> 3;
  buffer = bits >> <u64>(total & 0x38);
  held = total & 7;
}

/** Writes the low `count` bits of `value`, 32 at most; the others are zero. */
export function writeBits(value: u32, count: u32): void {
  writeLongBits(value, count);
}

/** Fills the last byte with zero bits. */
export function alignBits(): void {
  if (held > 0) writeBits(0, 8 - held);
}

/** Bits of the last byte, 7 at most. */
export function heldBits(): u32 {
  return held;
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
