import { MACHINE_NAME } from './machine.ts';

const OPEN = '//# docteur-code ';

/**
 * What the engine made of a guest's script, kept in the script's file: its last line is a comment
 * with it. Only ever a matter of time: a guest without it, or one whose script was changed since,
 * or that another Node runs, is compiled as it starts.
 */
export interface GuestCode {
  /** Which engine made it, and can use it: see {@link engineName}. */
  readonly engine: string;
  /** CRC-32 of all bytes of the file that stand before the line. */
  readonly checksum: number;
  /** In base64. */
  readonly code: string;
}

/** The last line of a guest's file, with its newline. */
export function encodeGuestCode({ engine, checksum, code }: GuestCode): string {
  return `${OPEN}${engine} ${checksum.toString(16).padStart(8, '0')} ${code}\n`;
}

/** Reads a last line, without its newline; undefined where it is none of these. */
export function parseGuestCode(line: string): GuestCode | undefined {
  if (!line.startsWith(OPEN)) return undefined;
  const [engine = '', checksum = '', code] = line.slice(OPEN.length).split(' ');
  return code === undefined ? undefined : { engine, checksum: Number.parseInt(checksum, 16), code };
}

/** Names what compiled code depends on: what a Node release patches in its V8 has no number of its own. */
export function engineName(version: string, arch: string): string {
  return `${version}-${arch}`;
}

/** The expression that is compiled for a guest's script: a function of its machine. */
export function guestFunction(script: string): string {
  return `(function (${MACHINE_NAME}) {${script}\n})`;
}
