const POLYNOMIAL = 0xedb88320;

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
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (tables[768 + (crc & 255)] as number) ^
      (tables[512 + ((crc >>> 8) & 255)] as number) ^
      (tables[256 + ((crc >>> 16) & 255)] as number) ^
      (tables[crc >>> 24] as number);
  }
  for (; at < end; at++) {
    crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 255] as number);
  }
  return ~crc >>> 0;
}

function buildTables(): Int32Array {
  const tables = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}
