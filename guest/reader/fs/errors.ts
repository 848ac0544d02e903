/** Why a path could not be read. Codes are only ever added: programs match on them. */
export type FsErrorCode =
  | 'NOT_FOUND'
  | 'NOT_A_FILE'
  | 'NOT_A_DIRECTORY'
  | 'NOT_A_LINK'
  | 'INVALID_PATH'
  | 'TOO_MANY_LINKS';

/** A look-up that the image's content cannot answer; the image itself is sound. */
export class FsError extends Error {
  /** Of any copy of this library: entry points that must start fast are bundles of their own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === 'FsError';
  }

  override readonly name = 'FsError';
  readonly code: FsErrorCode;
  readonly path: string;

  constructor(code: FsErrorCode, path: string, message: string) {
    super(`${path || '/'}: ${message}`);
    this.code = code;
    this.path = path;
  }
}
