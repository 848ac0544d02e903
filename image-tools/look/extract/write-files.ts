import { closeSync, constants, futimesSync, openSync, writeSync } from 'node:fs';
import { OID_LENGTH } from '#format';
import type { NodeTree } from '#reader';
import { describeSystemError, isSystemError, ToolError } from '../../base/errors.ts';
import { PERMISSIONS } from '../modes.ts';
import { type FileTask, type FileTasks, taskAt } from './file-batch.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const FLAGS = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
/** Larger files are read in pieces; others whole, for the cache to keep them: the next may be deltas of them. */
export const WHOLE_SIZE = 0x1800000;
const PIECE = 0x100000;

/** Stands for an id that nobody looks at. */
const UNCHECKED = new Uint8Array(OID_LENGTH);
const SLASH = 0x2f;

/** How far the writers are, in memory that threads share. */
export type Counters = Float64Array;
export const FILES_DONE = 0;
export const BYTES_DONE = 1;

/** What a writer needs beside the image. */
export interface WriteOptions {
  /** The staging folder: nobody else may enter it. */
  readonly location: Uint8Array;
  /** Of each file, in seconds since 1970. */
  readonly time: number;
  /** Bytes of all files together that may be written. */
  readonly maxBytes: number;
}

/**
 * Of what is left, a thread takes this part, and at least so many files: their deltas and bases lie near each
 * other, and the last shares should be small.
 */
const SHARE = 1 / 8;
const FEWEST = 64;

/**
 * Takes some of the files that no thread has taken, and writes them into the staging folder, each a new one.
 * @returns false if there was none left
 * @throws ToolError REFUSED for names that collide, LIMIT, IO; FormatError where the image is bad
 */
export function writeSome(
  nodes: NodeTree,
  tasks: FileTasks,
  options: WriteOptions,
  counters: Counters,
): boolean {
  const { location, time } = options;
  const path = new PathBelow(location);
  const left = tasks.count - Atomics.load(tasks.taken, 0);
  const share = Math.max(FEWEST, Math.floor(left * SHARE));
  const first = Atomics.add(tasks.taken, 0, share);
  const end = Math.min(first + share, tasks.count);
  for (let i = first; i < end; i++) {
    const task = taskAt(tasks, i);
    const fd = create(path.to(task.target), task);
    try {
      copy(nodes, task, fd, options, counters);
      futimesSync(fd, time, time);
    } catch (error) {
      throw describeWriteError(task.source, error);
    } finally {
      closeSync(fd);
    }
    counters[FILES_DONE] = (counters[FILES_DONE] as number) + 1;
  }
  return end < tasks.count;
}

/** Paths below a folder, made in the same memory: each is valid until the next. */
class PathBelow {
  #bytes: Buffer;
  readonly #prefix: number;

  constructor(folder: Uint8Array) {
    this.#prefix = folder.length + 1;
    this.#bytes = Buffer.alloc(2 * this.#prefix);
    this.#bytes.set(folder);
    this.#bytes[folder.length] = SLASH;
  }

  to(path: Uint8Array): Buffer {
    const end = this.#prefix + path.length;
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * end);
    this.#bytes.set(path, this.#prefix);
    return this.#bytes.subarray(0, end);
  }
}

/** Lets no thread take any more of some files: one of them has failed. */
export function giveUp(tasks: FileTasks): void {
  Atomics.store(tasks.taken, 0, tasks.count);
}

function create(path: Buffer, { source, executable }: FileTask): number {
  try {
    return openSync(path, FLAGS, PERMISSIONS[executable ? 'executable' : 'file']);
  } catch (error) {
    throw describeWriteError(source, error);
  }
}

function copy(
  nodes: NodeTree,
  { place, id, size }: FileTask,
  fd: number,
  { maxBytes }: WriteOptions,
  counters: Counters,
): void {
  const isWhole = size !== undefined && size <= WHOLE_SIZE;
  for (let at = 0; ; at += PIECE) {
    const piece = isWhole
      ? nodes.viewAt(place, id ?? UNCHECKED)
      : nodes.viewAt(place, id ?? UNCHECKED, at, PIECE);
    const bytes = (counters[BYTES_DONE] as number) + piece.length;
    counters[BYTES_DONE] = bytes;
    if (bytes > maxBytes) {
      throw new ToolError('LIMIT', `files of more than ${maxBytes} bytes: --max-size allows more`);
    }
    for (let done = 0; done < piece.length; ) {
      done += writeSync(fd, piece, done, piece.length - done);
    }
    if (isWhole || piece.length < PIECE) return;
  }
}

/** What went wrong at a path of the image, where that is the system's doing. */
export function describeWriteError(path: Uint8Array, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  const name = Buffer.from(path).toString();
  if (isSystemError(error, 'EEXIST')) {
    const words = 'another entry of the image has this name on this file system (--exclude one)';
    return new ToolError('REFUSED', `${name}: ${words}`, error);
  }
  return new ToolError('IO', `${name}: cannot write: ${describeSystemError(error)}`, error);
}
