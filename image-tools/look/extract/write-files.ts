import { closeSync, constants, futimesSync, openSync, writeSync } from 'node:fs';
import type { NodeTree } from '#reader';
import { describeSystemError, isSystemError, ToolError } from '../../base/errors.ts';
import { PERMISSIONS } from '../modes.ts';
import { type FileTask, type FileTasks, taskAt } from './file-batch.ts';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const FLAGS = O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0);
/** What is read at once; smaller files are read whole. */
const PIECE = 0x100000;

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

/** Files that a thread takes at once: their deltas and bases lie near each other. */
const FILES_AT_ONCE = 64;

/**
 * Takes some of the files that no thread has taken, and writes them into the staging folder, each a new one.
 * @returns false if there was none left
 * @throws ToolError REFUSED for names that collide, LIMIT, IO; FormatError where the image is bad
 */
export function writeSome(
  nodes: NodeTree,
  tasks: FileTasks,
  { location, time, maxBytes }: WriteOptions,
  counters: Counters,
): boolean {
  const prefix = Buffer.concat([location, Buffer.from('/')]);
  const first = Atomics.add(tasks.taken, 0, FILES_AT_ONCE);
  const end = Math.min(first + FILES_AT_ONCE, tasks.count);
  for (let i = first; i < end; i++) {
    const task = taskAt(tasks, i);
    const fd = create(Buffer.concat([prefix, task.target]), task);
    try {
      copy(nodes, task, fd, maxBytes, counters);
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
  { source }: FileTask,
  fd: number,
  maxBytes: number,
  counters: Counters,
): void {
  const node = nodes.find(source, false);
  for (let at = 0; ; at += PIECE) {
    const piece = nodes.view(node, at, PIECE);
    for (let done = 0; done < piece.length; ) {
      done += writeSync(fd, piece, done, piece.length - done);
    }
    const bytes = (counters[BYTES_DONE] as number) + piece.length;
    counters[BYTES_DONE] = bytes;
    if (bytes > maxBytes) {
      throw new ToolError('LIMIT', `files of more than ${maxBytes} bytes: --max-size allows more`);
    }
    if (piece.length < PIECE) return;
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
