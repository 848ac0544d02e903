// Logarithms in whole numbers: the same on every machine.

/** One bit, in the unit of costs. */
export const BIT: u32 = 32;
const FRACTION_BITS: u32 = 5;

/** log2(x) in units of 1/32, rounded down; x is not 0. */
function computeLog2(x: u32): u32 {
  let result: u32 = 31 - clz(x);
  let mantissa = (<u64>x) << (31 - result);
  for (let i: u32 = 0; i < FRACTION_BITS; i++) {
    mantissa = (mantissa * mantissa) >> 31;
    result <<= 1;
    if (mantissa >> 32 !== 0) {
      result |= 1;
      mantissa >>= 1;
    }
  }
  return result;
}

const TABLE: u32 = 4096;
const table = <u32>memory.data(4096 << 1, 16);

export function fillLogarithms(): void {
  for (let x: u32 = 1; x < TABLE; x++) store<u16>(table + (x << 1), computeLog2(x));
}

/** log2(x) in units of 1/32 of a bit; x is not 0. */
export function log2(x: u32): u32 {
  return x < TABLE ? load<u16>(table + (x << 1)) : computeLog2(x);
}
