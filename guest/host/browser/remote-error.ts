/** Why the bytes of an image cannot be had. Codes are only ever added: programs match on them. */
export type RemoteErrorCode =
  /** The server answered with an error: the message has its status. */
  | 'REFUSED'
  /** The network failed, or the server did, and again after a few tries; `cause` is the last error. */
  | 'NO_ANSWER'
  /** The server sends whole files only. */
  | 'NO_RANGES'
  /** An answer that is not what was asked for. */
  | 'BAD_ANSWER'
  /** The image is another one than when it was opened: open it again. */
  | 'CHANGED'
  /** A Blob or File cannot be read any more. */
  | 'CANNOT_READ'
  /** The image was closed before. */
  | 'CLOSED';

/** The bytes of an image cannot be had, whatever its content. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly code: RemoteErrorCode;

  constructor(code: RemoteErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
