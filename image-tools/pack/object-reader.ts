import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { encodeObjectPrefix, equalBytes } from '#format';
import type { ObjectList } from '../source/objects.ts';
import { ContentChangedError } from './errors.ts';

/** The path of a row that is a file or a link, in bytes. */
export function pathOfRow(objects: ObjectList, row: number): Buffer {
  return Buffer.concat([objects.root, Buffer.from('/'), objects.hintOf(row)]);
}

function readFileInto(path: Buffer, out: Uint8Array): boolean {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size !== out.length) return false;
    let done = 0;
    while (done < out.length) {
      const count = readSync(fd, out, done, out.length - done, done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  } finally {
    closeSync(fd);
  }
}

function readLinkInto(path: Buffer, out: Uint8Array): boolean {
  const target = readlinkSync(path, { encoding: 'buffer' });
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
    case 'file':
      return readFileInto(pathOfRow(objects, row), out);
    case 'link':
      return readLinkInto(pathOfRow(objects, row), out);
    default:
      throw new Error(`no reader for ${locator.kind} locators`);
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
