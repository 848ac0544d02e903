import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { errnoText } from '../base/errno-text.ts';
import { TenderError } from '../base/errors.ts';
import { HEAD_BYTES, type OpenGuest } from './guest-reader.ts';

/** What {@link notAGuest} names. */
export const GUESTS_RUN = 'this tender runs JavaScript guests, and unikernels for spt and hvt';

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
      fd,
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
  const hint = head.includes('PACK') ? '; an image is attached: --block:NAME=PATH' : '';
  return new TenderError(`${path}: Not a guest: ${GUESTS_RUN}${hint}`);
}
