import { readFileSync } from 'node:fs';
import { engineName, type Manifest, ManifestError, parseGuestCode, parseGuestManifest } from '#abi';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';
import { loadLater } from '../base/load-later.ts';

const NEWLINE = 0x0a;

/** A guest as it was read, nothing of it run. */
export interface GuestFile {
  /** The script's bytes: UTF-8, as far as the tender cares. */
  readonly source: Uint8Array;
  /** Its code as this Node's engine compiled it before, if the file holds it. Not to be trusted. */
  readonly code: Uint8Array | undefined;
  readonly manifest: Manifest;
}

/**
 * Reads a guest's file and its manifest, without running any of it.
 * @throws {TenderError}
 */
export function readGuest(path: string): GuestFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new TenderError(`${path}: Could not open: ${errnoText(error)}`);
  }
  // JavaScript is text: anything with a NUL, an ELF file above all, is of another kind.
  if (bytes.length === 0 || bytes.subarray(0, 4096).includes(0)) {
    throw new TenderError(`${path}: Not a guest: this tender runs JavaScript guests`);
  }
  const newline = bytes.indexOf(NEWLINE);
  const firstLine = bytes.toString('utf8', 0, newline < 0 ? bytes.length : newline);
  try {
    return { ...splitCode(bytes), manifest: parseGuestManifest(firstLine) };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new TenderError(
      error.absent
        ? `${path}: No manifest found: is this a guest?`
        : `${path}: Invalid manifest: ${error.message}`,
    );
  }
}

/** Cuts off the last line, if it holds compiled code: that is for the script before it, or for none. */
function splitCode(bytes: Buffer): Pick<GuestFile, 'source' | 'code'> {
  const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  const start = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
  const line = parseGuestCode(bytes.toString('latin1', start, end));
  if (line === undefined) return { source: bytes, code: undefined };
  const source = bytes.subarray(0, start);
  const { version, arch } = process;
  const { crc32 } = loadLater('node:zlib');
  const fits = line.engine === engineName(version, arch) && line.checksum === crc32?.(source);
  return { source, code: fits ? Buffer.from(line.code, 'base64') : undefined };
}
