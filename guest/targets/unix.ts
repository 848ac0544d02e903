// The target of apps that are programs of their own.
import { realpathSync } from 'node:fs';
import type { ByteSource } from '#format';
import type { App, Host } from '../app/app.ts';
import { dataBytes } from '../app/data-bytes.ts';
import { createDisks } from '../app/disks.ts';
import { UsageError } from '../app/options.ts';
import { EXIT, runApp } from '../app/run-app.ts';
import { openEmbeddedDisk } from '../host/embedded-disk.ts';
import { DiskError, openFileDisk } from '../host/file-disk.ts';
import { checkArguments } from '../host/lost-bytes.ts';
import { newNodeSha1 } from '../host/node-sha1.ts';
import { writeFully } from '../host/write-fully.ts';
import { chooseDisks, type ProgramDisk } from './unix-disks.ts';

/** The image cannot be opened or read; as in sysexits.h. */
const EXIT_NO_INPUT = 66;
/** The status that a shell reports for a program ended by SIGPIPE. */
const EXIT_PIPE_CLOSED = 141;

function complain(message: string): void {
  writeFully(2, dataBytes(`${message}\n`));
}

function openProgramDisk({ path, embedded }: ProgramDisk): ByteSource {
  if (embedded === undefined) return openFileDisk(path ?? '');
  return openEmbeddedDisk(realpathSync(process.argv[1] ?? ''), embedded);
}

function createHost(built: readonly ProgramDisk[]): Host {
  const args = process.argv.slice(2);
  checkArguments(args);
  const { disks, rest } = chooseDisks(built, args, process.env);
  const names = disks.map(({ name }) => name);
  return {
    arguments: rest,
    disks: names,
    openDisk: createDisks(names, (name) =>
      openProgramDisk(disks[names.indexOf(name)] as ProgramDisk),
    ),
    newHash: newNodeSha1,
    write: (data) => writeFully(1, dataBytes(data)),
    complain,
    mark: () => {},
  };
}

/** Runs an app as a program with the disks that it was built with, or that its user names. */
export function run(app: App, built: readonly ProgramDisk[]): void {
  try {
    process.exitCode = runApp(app, createHost(built));
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message);
      process.exitCode = EXIT.USAGE;
    } else if (error instanceof DiskError) {
      complain(error.message);
      process.exitCode = EXIT_NO_INPUT;
    } else if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
      process.exitCode = EXIT_PIPE_CLOSED;
    } else {
      throw error;
    }
  }
}
