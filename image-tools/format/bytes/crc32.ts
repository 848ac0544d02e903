const POLYNOMIAL = 0xedb88320;
/** Bytes per step. */
const STEP = 8;

/**
 * Table `t` at `256 * t`: what a byte does to the CRC that stands `t` bytes before its end. Built when
 * first wanted: a guest starts often, and most have no use for it.
 */
let sharedTables: Int32Array | undefined;

/**
 * The CRC-32 (that of zlib and PNG) of bytes `start`..`end`, in plain JavaScript, for where the
 * runtime has none.
 */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  sharedTables ??= buildTables();
  const tables = sharedTables;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let crc = -1;
  let at = start;
  for (; at + STEP <= end; at += STEP) {
    crc ^= view.getInt32(at, true);
    const next = view.getInt32(at + 4, true);
    crc =
      (tables[1792 + (crc & 255)] as number) ^
      (tables[1536 + ((crc >>> 8) & 255)] as number) ^
      (tables[1280 + ((crc >>> 16) & 255)] as number) ^
      (tables[1024 + (crc >>> 24)] as number) ^
      (tables[768 + (next & 255)] as number) ^
      (tables[512 + ((next >>> 8) & 255)] as number) ^
      (tables[256 + ((next >>> 16) & 255)] as number) ^
      (tables[next >>> 24] as number);
  }
  for (; at < end; at++) {
    crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const tables = new Int32Array(STEP * 256);
  // What the highest bit of the last byte does; every bit before it does that one step later. What
  // more bits do is the sum of what each does.
  let crc = POLYNOMIAL;
  for (let table = 0; table < tables.length; table += 256) {
    for (let bit = 128; bit > 0; bit >>>= 1) {
      for (let at = table; at < table + 256; at += 2 * bit) {
        tables[at + bit] = crc ^ (tables[at] as number);
      }
      crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
  }
  return tables;
}
