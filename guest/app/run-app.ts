import { FormatError } from '#format';
import { FsError, type FsErrorCode } from '../reader/index.ts';
import type { App, Host } from './app.ts';
import { HelpWanted, UsageError } from './options.ts';

/** The exit status of an app for an error that it does not handle itself. Statuses are only ever added. */
export const EXIT = {
  NOT_FOUND: 2,
  NOT_A_FILE: 3,
  NOT_A_DIRECTORY: 4,
  /** The disk holds no image, or a damaged one. */
  BAD_IMAGE: 5,
  /** A path that leaves the image, has a loop of links, or is not a link where one is needed. */
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

/**
 * Runs an app and gives its exit status. Errors that are our own fault are thrown on.
 * @throws TypeError for an app that is not a function, or returns a Promise: nobody would wait for it
 */
export function runApp(app: App, host: Host): number {
  if (typeof app !== 'function') throw new TypeError("the app's default export is not a function");
  try {
    const status: unknown = app(host);
    if (status instanceof Promise) {
      throw new TypeError('the app returned a Promise; apps must be synchronous');
    }
    if (!Number.isSafeInteger(status)) {
      throw new TypeError(`the app must return its exit status, an integer, not ${status}`);
    }
    return status as number;
  } catch (error) {
    if (error instanceof HelpWanted) {
      host.write(error.message);
      return 0;
    }
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
