/** The kind of a directory entry. A `submodule` has only an id. */
export type Kind = 'file' | 'executable' | 'directory' | 'link' | 'submodule';

/**
 * One entry of a directory. Names are bytes; `name` is their UTF-8 reading, for people. `nameBytes`
 * belongs to the caller. Both are made when asked for: `{ ...entry }` has neither.
 */
export interface Entry {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly kind: Kind;
}

/**
 * A path inside the image: UTF-8 text, or raw bytes for names that are not UTF-8. Segments are
 * separated by `/`; empty ones and `.` are ignored, so `/a//b` is `a/b`; `/` and the empty path are
 * the root; `..` is refused (INVALID_PATH), for nothing lies above the root. A trailing `/` asks for
 * a directory.
 */
export type Path = string | Uint8Array;
