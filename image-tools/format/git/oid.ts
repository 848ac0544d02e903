/** Length of an object id (a SHA-1), in bytes. */
export const OID_LENGTH = 20;

/** An object id: the 20 bytes of a SHA-1. */
export type Oid = Uint8Array;

/** The digits of each byte, made when first wanted: a guest that meets no error needs none. */
let hexOfByte: string[] | undefined;

/** The 40 hexadecimal digits of the id that stands at `at` of `bytes`. */
export function oidToHex(bytes: Uint8Array, at = 0): string {
  hexOfByte ??= Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  let hex = '';
  for (let i = at; i < at + OID_LENGTH; i++) hex += hexOfByte[bytes[i] as number];
  return hex;
}

/** The id that 40 hexadecimal digits of either case name; undefined if `hex` is anything else. */
export function parseOid(hex: string): Oid | undefined {
  if (hex.length !== 2 * OID_LENGTH) return undefined;
  const oid = new Uint8Array(OID_LENGTH);
  for (let i = 0; i < OID_LENGTH; i++) {
    const high = hexDigit(hex.charCodeAt(2 * i));
    const low = hexDigit(hex.charCodeAt(2 * i + 1));
    if (high === -1 || low === -1) return undefined;
    oid[i] = high * 16 + low;
  }
  return oid;
}

/** The value of a character as a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Compares `oid` with the id that stands at `at` of `bytes`, which has room for it: the order of the IDX. */
export function compareOidAt(oid: Oid, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < OID_LENGTH; i++) {
    const difference = (oid[i] as number) - (bytes[at + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
