import { ExecaError, execa } from 'execa';
import { describeSystemError, ToolError } from '../base/errors.ts';
import { descriptorFolder } from '../files/folder-handle.ts';
import type { Janitor } from '../files/janitor.ts';
import { collectAll, collectWords } from '../helpers/collect.ts';
import {
  boundedCommand,
  describeLimit,
  HELPER_ENVIRONMENT,
  type HelperLimits,
  NOT_INSTALLED,
} from '../helpers/limits.ts';
import { endGroup, ProcessWatch } from '../helpers/watch.ts';

/** Address space of qemu-img, in bytes, and the bytes that it may say. */
const MEMORY = 2 ** 31;
const MAX_OUTPUT = 0x10000;
/** A disk's metadata may take somewhat more than the disk. */
const SPARE_SIZE = 2 ** 26;

/** A disk in a file, for qemu-img. */
export interface QemuDisk {
  readonly format: string;
  /** Open while it is used. */
  readonly fd: number;
  /** Where the file stands, absolute: used where descriptors have no paths. */
  readonly path: string;
}

/**
 * Has qemu-img convert one disk into another. It gets both files as open descriptors, so that what stands
 * at their paths meanwhile does not matter; `janitor` ends it if we die.
 * @param size of the disk, in bytes: what qemu-img may write, and how long it may take, depend on it
 * @throws ToolError UNAVAILABLE if it is not installed, LIMIT, IO if it fails
 */
export async function convertDisk(
  from: QemuDisk,
  to: QemuDisk,
  size: number,
  janitor: Janitor,
): Promise<void> {
  const folder = descriptorFolder();
  const paths = folder === undefined ? [from.path, to.path] : [`${folder}/3`, `${folder}/4`];
  const args = ['convert', '-f', from.format, '-O', to.format, ...paths];
  await runQemuImg(args, size, janitor, [from.fd, to.fd]);
}

/** Checks that there is a qemu-img. @throws as `convertDisk` */
export async function findQemuImg(janitor: Janitor): Promise<void> {
  await runQemuImg(['--version'], 0, janitor, []);
}

async function runQemuImg(
  args: readonly string[],
  size: number,
  janitor: Janitor,
  descriptors: readonly number[],
): Promise<void> {
  const limits: HelperLimits = {
    memory: MEMORY,
    fileSize: size + SPARE_SIZE,
    cpuSeconds: 60 + Math.ceil(size / 2 ** 24),
  };
  const seconds = 120 + Math.ceil(size / 2 ** 21);
  const command = boundedCommand('qemu-img', args, limits);
  const child = execa(command.file, command.args, {
    env: { ...HELPER_ENVIRONMENT, ...janitor.environment },
    // Its types know descriptors by number for the first three alone.
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors] as unknown as ['ignore', 'pipe', 'pipe'],
    detached: true,
    buffer: false,
  });
  janitor.watchGroup(child.pid);
  const watch = new ProcessWatch(child, { silence: 0, total: seconds });
  const words = collectWords(child.stderr);
  collectAll(child.stdout, MAX_OUTPUT, () => endGroup(child.pid));
  try {
    await child;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (watch.end === 'late') {
      throw new ToolError('LIMIT', `qemu-img takes more than ${seconds} s`, error);
    }
    throw describeFailure(error, words(), limits);
  } finally {
    watch.close();
    janitor.watchGroup(undefined);
  }
}

function describeFailure(error: ExecaError, text: string, limits: HelperLimits): ToolError {
  if (error.exitCode === NOT_INSTALLED) {
    const hint = 'qemu-img is needed for any format but raw: install it';
    return new ToolError('UNAVAILABLE', `${hint} (Debian: apt-get install qemu-utils)`, error);
  }
  if (error.exitCode === undefined && error.signal === undefined) {
    const words = `cannot run qemu-img: ${describeSystemError(error.cause)}`;
    return new ToolError('IO', words, error);
  }
  const limit = describeLimit(`${text}\n${error.signal ?? ''}`, limits);
  if (limit !== undefined) return new ToolError('LIMIT', `qemu-img ${limit}`, error);
  const last = text.trim().split('\n').at(-1);
  return new ToolError(
    'IO',
    last || `qemu-img ended with ${error.signal ?? error.exitCode}`,
    error,
  );
}
