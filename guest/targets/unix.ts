// The target of apps that are programs of their own.
import type { ByteSource } from '#format';
import type { App, Host } from '../app/app.ts';
import { dataBytes } from '../app/data-bytes.ts';
import { runApp } from '../app/run-app.ts';
import { DiskError, openFileDisk } from '../host/file-disk.ts';
import { newNodeSha1 } from '../host/node-sha1.ts';
import { writeFully } from '../host/write-fully.ts';

/** The image cannot be opened or read; as in sysexits.h. */
const EXIT_NO_INPUT = 66;
/** As a shell reports a program that SIGPIPE ended. */
const EXIT_PIPE_CLOSED = 141;

/** Runs an app as a program whose disk is the image file `path`. */
export function run(app: App, path: string): void {
  let disk: ByteSource | undefined;
  const host: Host = {
    arguments: process.argv.slice(2),
    openDisk() {
      disk ??= openFileDisk(path);
      return disk;
    },
    newHash: newNodeSha1,
    write: (data) => writeFully(1, dataBytes(data)),
    complain: (message) => writeFully(2, dataBytes(`${message}\n`)),
    mark: () => {},
  };
  try {
    process.exitCode = runApp(app, host);
  } catch (error) {
    if (error instanceof DiskError) {
      host.complain(error.message);
      process.exitCode = EXIT_NO_INPUT;
    } else if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
      process.exitCode = EXIT_PIPE_CLOSED;
    } else {
      throw error;
    }
  }
}
