import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { encodeObjectPrefix, equalBytes } from '#format';
import type { ObjectList } from '../source/objects.ts';
import { ContentChangedError } from './errors.ts';

/** Content that stands in a file, open for reading. */
export interface OpenContent {
  /** Reads all of `out` from the byte `offset` of the content; false if there is not as much. */
  read(out: Uint8Array, offset: number): boolean;
  close(): void;
}

/** Whether a row's content stands in a file as it is: openContent takes only those. */
export function isInFile(objects: ObjectList, row: number): boolean {
  const { kind } = objects.locatorOf(row);
  return kind === 'file' || kind === 'spool';
}

/**
 * Opens the content of a row that is a file, or in the spool. Close it when done.
 * @throws ContentChangedError if the size is another, or the file cannot be read any more
 */
export function openContent(objects: ObjectList, row: number): OpenContent {
  const locator = objects.locatorOf(row);
  const isSpooled = locator.kind === 'spool';
  const start = isSpooled ? locator.offset : 0;
  const fd = isSpooled
    ? openSync(objects.spoolFile, 'r')
    : objects.files.openFile(objects.hintOf(row));
  if (!isSpooled) {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size !== objects.sizeOf(row)) {
      closeSync(fd);
      throw new ContentChangedError(objects, row);
    }
  }
  return {
    read(out, offset) {
      for (let done = 0; done < out.length; ) {
        const count = readSync(fd, out, done, out.length - done, start + offset + done);
        if (count === 0) return false;
        done += count;
      }
      return true;
    },
    close: () => closeSync(fd),
  };
}

function readFileInto(objects: ObjectList, row: number, out: Uint8Array): boolean {
  const content = openContent(objects, row);
  try {
    return content.read(out, 0);
  } finally {
    content.close();
  }
}

function readLinkInto(objects: ObjectList, row: number, out: Uint8Array): boolean {
  const target = objects.files.readLink(objects.hintOf(row));
  if (target.length !== out.length) return false;
  out.set(target);
  return true;
}

function readRowInto(objects: ObjectList, row: number, out: Uint8Array): boolean {
  const locator = objects.locatorOf(row);
  switch (locator.kind) {
    case 'inline':
      out.set(locator.content);
      return true;
    case 'link':
      return readLinkInto(objects, row, out);
    case 'file':
    case 'spool':
      return readFileInto(objects, row, out);
  }
}

/**
 * Reads the content of a row again into `out`, which has the row's size. Bytes that changed in place
 * go unnoticed here.
 * @throws ContentChangedError if the size is another, or the file cannot be read any more
 */
export function readContent(objects: ObjectList, row: number, out: Uint8Array): void {
  let complete: boolean;
  try {
    complete = readRowInto(objects, row, out);
  } catch (cause) {
    if (cause instanceof ContentChangedError) throw cause;
    throw new ContentChangedError(objects, row, cause);
  }
  if (!complete) throw new ContentChangedError(objects, row);
}

/**
 * Reads the content of a row again into `out`, and checks that it still has the row's id.
 * @throws ContentChangedError if it is not what was hashed
 */
export function readObject(objects: ObjectList, row: number, out: Uint8Array): void {
  readContent(objects, row, out);
  const hash = createHash('sha1').update(encodeObjectPrefix(objects.typeOf(row), out.length));
  if (!equalBytes(hash.update(out).digest(), objects.oidOf(row))) {
    throw new ContentChangedError(objects, row);
  }
}
