import { readFileSync } from 'node:fs';
import { MADV_DONTNEED } from '../../tender/native/constants.ts';
import type { Libc } from '../../tender/native/libc.ts';

/** Smaller mappings are not worth a call. */
const LEAST_KILOBYTES = 1024;

/**
 * Lets go of what the start of Node has read of its program, most of which nothing needs any more: pages that are
 * used again come back from the cache of the system.
 */
export function dropStart(libc: Libc): void {
  for (const { start, end } of programMappings(readFileSync('/proc/self/smaps', 'latin1'))) {
    libc.raw('madvise', start, end - start, MADV_DONTNEED);
  }
}

/**
 * The mappings of files, of those in /proc/self/smaps, that take much memory and hold nothing but what is in the
 * file. A page that was changed, by a relocation for example, would be lost.
 */
export function programMappings(smaps: string): { readonly start: number; readonly end: number }[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) r-.p .* \//.exec(mapping) ?? [];
    const kilobytes = (name: string) => {
      return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(mapping)?.[1] ?? Number.NaN);
    };
    const isDroppable = kilobytes('Rss') >= LEAST_KILOBYTES && kilobytes('Anonymous') === 0;
    if (start === undefined || end === undefined || !isDroppable) return [];
    return [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }];
  });
}
