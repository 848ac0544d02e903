import { fstatSync, readSync } from 'node:fs';
import { errnoText } from '../../base/errno-text.ts';
import { TenderError } from '../../base/errors.ts';
import type { GuestReader, OpenGuest } from '../guest-reader.ts';
import { ElfError } from './elf-error.ts';
import type { ElfSource } from './elf-source.ts';
import { guestMemory } from './memory-size.ts';
import { type ElfGuest, readElf } from './read-elf.ts';
import type { MemoryImage } from './segments.ts';

/** A unikernel, for the monitor of its target. */
export interface ElfProgram extends Pick<ElfGuest, 'target' | 'manifest' | 'symbolAt'> {
  /** For messages. */
  readonly path: string;
  /** Its open file, from which the segments are read: the monitor's to close, by `close`. */
  readonly fd: number;
  /** The initial content of a memory of `mebibytes` MiB. @throws {TenderError} if the guest does not fit */
  layout(mebibytes: number): MemoryImage;
  close(): void;
}

/** @throws {TenderError} where the file cannot be read by position */
function sourceOf({ path, fd }: OpenGuest): ElfSource {
  const stats = fstatSync(fd);
  if (!stats.isFile()) {
    throw new TenderError(`${path}: Not a regular file: a unikernel is not read from a pipe`);
  }
  return {
    size: stats.size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(fd, bytes, filled, length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
  };
}

/** What a file is blamed for has its name in front. */
function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TenderError) throw error;
    if (error instanceof ElfError) throw new TenderError(`${path}: ${error.message}`);
    throw new TenderError(`${path}: Could not read: ${errnoText(error)}`);
  }
}

/** Reads unikernels made for Solo5's spt and hvt. */
export const elfReader: GuestReader<ElfProgram> = {
  read(file) {
    const { path, fd } = file;
    try {
      const guest = attempt(path, () => readElf(sourceOf(file)));
      const program: ElfProgram = {
        target: guest.target,
        manifest: guest.manifest,
        symbolAt(address) {
          try {
            return guest.symbolAt(address);
          } catch {
            return undefined;
          }
        },
        path,
        fd,
        layout(mebibytes) {
          const memory = guestMemory(guest.target, mebibytes);
          return attempt(path, () => guest.layout(memory));
        },
        close: () => file.close(),
      };
      const devices = guest.manifest.devices.map(({ name, type }) => ({ name, type }));
      return {
        manifest: { type: 'solo5.manifest', version: 1, devices },
        program,
        fit: (mebibytes) => void program.layout(mebibytes),
      };
    } catch (error) {
      file.close();
      throw error;
    }
  },
};
