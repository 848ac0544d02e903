import { FormatError } from '#format';
import { FsError, type FsErrorCode } from '../../reader/index.ts';
import { ERRNO } from './protocol.ts';

const OF_LOOK_UPS: Readonly<Record<FsErrorCode, number>> = {
  NOT_FOUND: ERRNO.ENOENT,
  NOT_A_FILE: ERRNO.EISDIR,
  NOT_A_DIRECTORY: ERRNO.ENOTDIR,
  NOT_A_LINK: ERRNO.EINVAL,
  INVALID_PATH: ERRNO.EINVAL,
  TOO_MANY_LINKS: ERRNO.EINVAL,
};

/** The system's number for what went wrong in the image, or with its disk. */
export function errnoOf(error: unknown): number {
  if (error instanceof FsError) return OF_LOOK_UPS[error.code];
  if (error instanceof FormatError && error.code === 'LIMIT') return ERRNO.EFBIG;
  return ERRNO.EIO;
}
