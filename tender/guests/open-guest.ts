import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';
import { isElf } from './elf.ts';
import { HEAD_BYTES } from './guest-reader.ts';

/** A guest's file of which no more is known than how it begins. */
export interface OpenGuest {
  readonly path: string;
  /** Its first {@link HEAD_BYTES}; fewer where it is smaller. */
  readonly head: Buffer;
  /** All of it; once, and the file is closed. @throws {TenderError} */
  readAll(): Buffer;
  /** Gives it up where it is not read. */
  close(): void;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new TenderError(`${path}: Could not open: ${errnoText(error)}`);
  }
}

function readHead(fd: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  let filled = 0;
  // A pipe gives what it has.
  while (filled < head.length) {
    const count = readSync(fd, head, filled, head.length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return head.subarray(0, filled);
}

/** Opens a guest's file, and reads how it begins. @throws {TenderError} */
export function openGuest(path: string): OpenGuest {
  const fd = attempt(path, () => openSync(path, 'r'));
  let isOpen = true;
  function close(): void {
    if (isOpen) closeSync(fd);
    isOpen = false;
  }
  try {
    const head = attempt(path, () => readHead(fd));
    return {
      path,
      head,
      readAll() {
        try {
          return Buffer.concat([head, attempt(path, () => readFileSync(fd))]);
        } finally {
          close();
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** What is said of a file that no monitor knows. */
export function notAGuest({ path, head }: OpenGuest): TenderError {
  const what = isElf(head) ? 'an ELF file, and ' : '';
  const hint = head.includes('PACK') ? '; an image is attached: --block:NAME=PATH' : '';
  return new TenderError(`${path}: Not a guest: ${what}this tender runs JavaScript guests${hint}`);
}
