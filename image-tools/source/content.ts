import { createHash } from 'node:crypto';
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { encodeObjectPrefix, equalBytes } from '#format';
import { describeSystemError, ToolError } from '../errors.ts';
import type { ObjectList } from './objects.ts';

const SLASH = Buffer.from('/');

/**
 * Reads the content of the objects of a list again, and checks it against their ids: what has
 * changed since the list was made is an error. Synchronous, for it runs in worker threads too.
 */
export class ContentReader {
  readonly #objects: ObjectList;

  constructor(objects: ObjectList) {
    this.#objects = objects;
  }

  /** The whole content of an object, in a buffer of its own. @throws ToolError CHANGED, IO */
  read(row: number): Uint8Array {
    const content = new Uint8Array(this.#objects.sizeOf(row));
    let done = 0;
    for (const piece of this.pieces(row, content.length)) {
      content.set(piece, done);
      done += piece.length;
    }
    return content;
  }

  /**
   * The content in pieces, a file's of at most `pieceSize` bytes, each valid until the next is asked
   * for. Only after the last one is it known that the content is the object's.
   * @throws ToolError CHANGED, IO
   */
  *pieces(row: number, pieceSize: number): Generator<Uint8Array, void, undefined> {
    const objects = this.#objects;
    const size = objects.sizeOf(row);
    const hash = createHash('sha1').update(encodeObjectPrefix(objects.typeOf(row), size));
    let given = 0;
    for (const piece of this.#unchecked(row, Math.max(1, pieceSize))) {
      given += piece.length;
      hash.update(piece);
      if (given <= size) yield piece;
    }
    if (given !== size || !equalBytes(hash.digest(), objects.oidOf(row))) {
      throw new ToolError('CHANGED', `${this.#nameOf(row)}: changed while it was read`);
    }
  }

  *#unchecked(row: number, pieceSize: number): Generator<Uint8Array, void, undefined> {
    const locator = this.#objects.locatorOf(row);
    switch (locator.kind) {
      case 'inline':
        yield locator.content;
        return;
      case 'link':
        yield this.#reading(row, (path) => readlinkSync(path, { encoding: 'buffer' }));
        return;
      case 'file':
        yield* this.#file(row, pieceSize);
        return;
      case 'pack':
        throw new Error('not supported yet');
    }
  }

  *#file(row: number, pieceSize: number): Generator<Uint8Array, void, undefined> {
    const size = this.#objects.sizeOf(row);
    const buffer = Buffer.allocUnsafe(Math.min(pieceSize, size + 1));
    const fd = this.#reading(row, (path) => openSync(path, 'r'));
    try {
      for (let done = 0; done <= size; ) {
        const count = this.#reading(row, () => readSync(fd, buffer, 0, buffer.length, null));
        if (count === 0) return;
        done += count;
        yield buffer.subarray(0, count);
      }
    } finally {
      closeSync(fd);
    }
  }

  #reading<Result>(row: number, read: (path: Buffer) => Result): Result {
    try {
      return read(this.#pathOf(row));
    } catch (error) {
      throw new ToolError('CHANGED', `${this.#nameOf(row)}: ${describeSystemError(error)}`, error);
    }
  }

  #pathOf(row: number): Buffer {
    return Buffer.concat([this.#objects.root, SLASH, this.#objects.hintOf(row)]);
  }

  #nameOf(row: number): string {
    return this.#pathOf(row).toString();
  }
}
