import { FormatError } from '#format';
import type { App, Host } from './app.ts';
import { FsError, type FsErrorCode } from './fs/index.ts';
import { UsageError } from './options.ts';

/** With what an app ends for an error that it does not handle itself. Statuses are only ever added. */
export const EXIT = {
  NOT_FOUND: 2,
  NOT_A_FILE: 3,
  NOT_A_DIRECTORY: 4,
  /** The disk holds no image, or a damaged one. */
  BAD_IMAGE: 5,
  /** A path that leaves the image, goes round in circles, or is no link where one is meant. */
  BAD_PATH: 6,
  /** Arguments that the app does not know; as in sysexits.h. */
  USAGE: 64,
} as const;

const STATUS_OF: Readonly<Record<FsErrorCode, number>> = {
  NOT_FOUND: EXIT.NOT_FOUND,
  NOT_A_FILE: EXIT.NOT_A_FILE,
  NOT_A_DIRECTORY: EXIT.NOT_A_DIRECTORY,
  NOT_A_LINK: EXIT.BAD_PATH,
  INVALID_PATH: EXIT.BAD_PATH,
  TOO_MANY_LINKS: EXIT.BAD_PATH,
};

/** Runs an app to its exit status. Errors that are no one's fault but ours are thrown on. */
export function runApp(app: App, host: Host): number {
  try {
    return app(host);
  } catch (error) {
    if (error instanceof UsageError) {
      host.complain(error.message);
      return EXIT.USAGE;
    }
    if (error instanceof FsError) {
      host.complain(error.message);
      return STATUS_OF[error.code];
    }
    if (error instanceof FormatError) {
      host.complain(`bad image: ${error.message}`);
      return EXIT.BAD_IMAGE;
    }
    throw error;
  }
}
