import { installJail, prepareMountFilter } from '../../tender/jail/install.ts';
import { landlockVersion } from '../../tender/jail/landlock.ts';
import type { Libc } from '../../tender/native/libc.ts';

/** What the server may have beside what it has at its start, in MiB: two objects of the greatest size, and room. */
const MEMORY_MIB = 3 * 1024;
/** Numbers below are for descriptors, of which none is made: poll(2) takes no more of them at once. */
const DESCRIPTORS = 16;

/**
 * Takes from this process, for good, what a server does not need: whoever breaks the reader of images finds the
 * image, the open /dev/fuse, and memory.
 * @param image the one descriptor that is read at any place
 * @returns in a line why it was not done, where the system cannot
 */
export function enterServerJail(libc: Libc, image: number): string | undefined {
  try {
    installJail(libc, prepareMountFilter(libc, image), {
      memory: MEMORY_MIB,
      landlock: landlockVersion(libc),
      descriptors: DESCRIPTORS,
    });
    return undefined;
  } catch (error) {
    return `served without a filter of system calls, which this system refuses: ${(error as Error).message}`;
  }
}
