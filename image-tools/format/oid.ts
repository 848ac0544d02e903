import { compareBytes } from './bytes.ts';

/** Length of an object id (a SHA-1), in bytes. */
export const OID_LENGTH = 20;

/** An object id: the 20 bytes of a SHA-1. */
export type Oid = Uint8Array;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** The 40 hexadecimal digits of the id that stands at `at` of `bytes`. */
export function oidToHex(bytes: Uint8Array, at = 0): string {
  let hex = '';
  for (let i = at; i < at + OID_LENGTH; i++) hex += HEX[bytes[i] as number];
  return hex;
}

/** The id that 40 hexadecimal digits of either case name; undefined if `hex` is anything else. */
export function parseOid(hex: string): Oid | undefined {
  if (!/^[0-9a-fA-F]{40}$/.test(hex)) return undefined;
  return Uint8Array.from({ length: OID_LENGTH }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Orders two ids by their bytes, as the IDX does. */
export function compareOids(a: Oid, b: Oid): number {
  return compareBytes(a, b);
}

/** Compares `oid` with the id that stands at `at` of `bytes`, which has room for it. */
export function compareOidAt(oid: Oid, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < OID_LENGTH; i++) {
    const difference = (oid[i] as number) - (bytes[at + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
