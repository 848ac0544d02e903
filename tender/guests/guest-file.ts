import { readFileSync } from 'node:fs';
import { type Manifest, ManifestError, parseGuestManifest } from '#abi';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';

const NEWLINE = 0x0a;

/** A guest as it was read, nothing of it run. */
export interface GuestFile {
  /** The script's bytes: UTF-8, as far as the tender cares. */
  readonly source: Uint8Array;
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
    const hint = bytes.includes('PACK') ? '; an image is attached: --block:NAME=PATH' : '';
    throw new TenderError(`${path}: Not a guest: this tender runs JavaScript guests${hint}`);
  }
  const newline = bytes.indexOf(NEWLINE);
  const firstLine = bytes.toString('utf8', 0, newline < 0 ? bytes.length : newline);
  try {
    return { source: bytes, manifest: parseGuestManifest(firstLine) };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new TenderError(
      error.absent
        ? `${path}: No manifest found: is this a guest?`
        : `${path}: Invalid manifest: ${error.message}`,
    );
  }
}
