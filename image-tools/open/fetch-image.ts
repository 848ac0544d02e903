import { closeSync, fstatSync, readSync, writeSync } from 'node:fs';
import { HTTP_LIMITS } from '../../tender/block/remote/http/limits.ts';
import { parseImageAddress } from '../../tender/block/remote/image-address.ts';
import { openRemoteSource } from '../../tender/block/remote/open-image-device.ts';
import type { RemoteSource } from '../../tender/block/remote/remote-source.ts';
import { describeSystemError, ToolError } from '../base/errors.ts';
import { openRegularFile } from '../files/file-source.ts';
import type { ImagePlace } from './open-image.ts';

/** Bytes of one request. */
const PIECE = HTTP_LIMITS.request;

/** A file of this machine, to be copied as images from elsewhere are. */
function sourceOfFile(path: string): RemoteSource {
  const fd = openRegularFile(path);
  const { size } = fstatSync(fd);
  return {
    shown: path,
    size,
    read: async ({ start, end }) => readAt(fd, path, start, end),
    close: () => closeSync(fd),
  };
}

/** @throws ToolError IO */
function readAt(fd: number, path: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  let count: number;
  try {
    count = readSync(fd, bytes, 0, bytes.length, start);
  } catch (error) {
    throw new ToolError('IO', `${path}: cannot read: ${describeSystemError(error)}`, error);
  }
  if (count < bytes.length) throw new ToolError('IO', `${path}: shorter than it was`);
  return bytes;
}

/** @throws ToolError IO */
function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(fd, bytes, done, bytes.length - done, position + done);
    }
  } catch (error) {
    const reason = describeSystemError(error);
    throw new ToolError('IO', `cannot write the copy of the image: ${reason}`, error);
  }
}

/** Copies all of an image, several pieces at a time; the first failure ends it. */
async function copyPieces(
  source: RemoteSource,
  fd: number,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  let next = 0;
  let done = 0;
  let hasFailed = false;
  async function work(): Promise<void> {
    while (next < source.size && !hasFailed) {
      const start = next;
      const end = Math.min(source.size, start + PIECE);
      next = end;
      writeAt(fd, await source.read({ start, end }), start);
      done += end - start;
      onProgress(done, source.size);
    }
  }
  const workers = Array.from({ length: HTTP_LIMITS.parallel }, () =>
    work().catch((error) => {
      hasFailed = true;
      throw error;
    }),
  );
  for (const worker of await Promise.allSettled(workers)) {
    if (worker.status === 'rejected') throw worker.reason;
  }
}

/**
 * Fetches a whole image into an open file, which is empty.
 * @param onProgress told how many bytes were fetched, of how many
 * @returns its size in bytes
 * @throws ToolError UNAVAILABLE where it cannot be opened; IO
 */
export async function fetchImage(
  { address, remote }: ImagePlace,
  fd: number,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const place = parseImageAddress(address);
  let source: RemoteSource;
  try {
    source =
      place.kind === 'file' ? sourceOfFile(place.path) : await openRemoteSource(place, remote);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError('UNAVAILABLE', (error as Error).message, error);
  }
  try {
    await copyPieces(source, fd, onProgress);
    return source.size;
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError('IO', (error as Error).message, error);
  } finally {
    source.close();
  }
}
