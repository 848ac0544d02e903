import { Buffer } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '#format';
import { LineCache } from '../reader/cache/line-cache.ts';
import { DiskError } from './file-disk.ts';
import { systemWords } from './system-words.ts';

/** Bytes of a cache line: a multiple of 3, which base64 has 4 characters for. */
const LINE_BYTES = 48 * 1024;
const CACHE_BYTES = 2 * 1024 * 1024;

/**
 * Opens an image that stands in base64 in a program's file, and decodes what is read of it.
 * @param place `fromEnd`: characters from the image's first one to the end of the file; `size`: bytes
 * of the image
 * @throws DiskError, from `window` too
 */
export function openEmbeddedDisk(
  path: string,
  { fromEnd, size }: { readonly fromEnd: number; readonly size: number },
): ByteSource {
  let fd: number;
  let start: number;
  try {
    fd = openSync(path, 'r');
    start = fstatSync(fd).size - fromEnd;
  } catch (error) {
    throw new DiskError('CANNOT_OPEN', `${path}: cannot open: ${systemWords(error)}`);
  }
  if (start < 0) {
    closeSync(fd);
    throw new DiskError('CANNOT_READ', `${path}: the program was cut`);
  }
  return new LineCache(
    {
      size,
      blockSize: 1,
      read(reads) {
        for (const { offset, into } of reads) {
          const skip = offset % 3;
          const first = ((offset - skip) / 3) * 4;
          const text = Buffer.allocUnsafe(Math.ceil((skip + into.length) / 3) * 4);
          if (readSync(fd, text, 0, text.length, start + first) < text.length) {
            throw new DiskError('CANNOT_READ', `${path}: cannot read: the program was cut`);
          }
          const bytes = Buffer.from(text.toString('latin1'), 'base64');
          if (bytes.length < skip + into.length) {
            throw new DiskError('CANNOT_READ', `${path}: cannot read: the program was changed`);
          }
          into.set(bytes.subarray(skip, skip + into.length));
        }
      },
    },
    new Uint8Array(Math.max(LINE_BYTES, Math.min(CACHE_BYTES, size + LINE_BYTES))),
    LINE_BYTES,
  );
}
