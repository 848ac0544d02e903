import { type Manifest, ManifestError, parseGuestManifest } from '#abi';
import { TenderError } from '../base/errors.ts';
import { checkMemory } from './check-memory.ts';
import type { GuestReader } from './guest-reader.ts';
import { GUESTS_RUN } from './open-guest.ts';

/** In MiB. */
const MIN_MEMORY = 16;
const MAX_MEMORY = 1024 * 1024;

const NEWLINE = 0x0a;
/** A NUL in so many first bytes means that the file is not a script. */
const TEXT_BYTES = 4096;

/** A JavaScript guest's program: its script, in UTF-8 as far as the tender cares. */
export type Script = Uint8Array;

function parseManifestLine(path: string, bytes: Buffer): Manifest {
  const newline = bytes.indexOf(NEWLINE);
  const firstLine = bytes.toString('utf8', 0, newline < 0 ? bytes.length : newline);
  try {
    return parseGuestManifest(firstLine);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new TenderError(
      error.absent
        ? `${path}: No manifest found: is this a guest?`
        : `${path}: Invalid manifest: ${error.message}`,
    );
  }
}

/** Whether a file that begins like this may be a script: text holds no NUL. */
export function isText(head: Uint8Array): boolean {
  return head.length > 0 && !head.includes(0);
}

/** Reads JavaScript guests: the manifest is the script's first line. */
export const scriptReader: GuestReader<Script> = {
  read(file) {
    const { path } = file;
    const bytes = file.readAll();
    if (bytes.subarray(0, TEXT_BYTES).includes(0)) {
      throw new TenderError(`${path}: Not a guest: ${GUESTS_RUN}`);
    }
    const fit = (memory: number) => checkMemory(memory, MIN_MEMORY, MAX_MEMORY);
    return { manifest: parseManifestLine(path, bytes), program: bytes, fit };
  },
};
