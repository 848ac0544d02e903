import { OID_LENGTH, type Oid } from '#format';
import type { HashedFile } from './file-hasher.ts';

/** Files that were hashed, in columns: a value for each path of a list. They travel between threads. */
export interface FoundFiles {
  /** One of FILE_UNKNOWN, FILE_PLAIN, FILE_EXECUTABLE, FILE_OMITTED. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  readonly sizes: Float64Array<ArrayBuffer>;
  /** The ids, concatenated. */
  readonly oids: Uint8Array<ArrayBuffer>;
}

/** Not hashed: the main thread tries it again, and finds out why. */
export const FILE_UNKNOWN = 0;
const FILE_PLAIN = 1;
export const FILE_EXECUTABLE = 2;
/** The one to leave out. */
export const FILE_OMITTED = 3;

/** Columns for a list of `count` paths, all of them unknown. */
export function startFound(count: number): FoundFiles {
  return {
    kinds: new Uint8Array(count),
    sizes: new Float64Array(count),
    oids: new Uint8Array(count * OID_LENGTH),
  };
}

/** Enters what a file is. */
export function enterFound(found: FoundFiles, i: number, file: HashedFile | 'omitted'): void {
  if (file === 'omitted') {
    found.kinds[i] = FILE_OMITTED;
    return;
  }
  found.kinds[i] = file.isExecutable ? FILE_EXECUTABLE : FILE_PLAIN;
  found.sizes[i] = file.size;
  found.oids.set(file.oid, i * OID_LENGTH);
}

/** The id of a file that was hashed: a view. */
export function foundOid({ oids }: FoundFiles, i: number): Oid {
  return oids.subarray(i * OID_LENGTH, (i + 1) * OID_LENGTH);
}
