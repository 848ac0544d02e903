import type { ByteSource } from '#format';
import { UsageError } from './options.ts';

/**
 * The `openDisk` of a host: each disk is opened once, for its cache's share of memory is never given back.
 * @param names the disks that the app was built for, the first of which is meant where none is named
 */
export function createDisks(
  names: readonly string[],
  open: (name: string) => ByteSource,
): (name?: string) => ByteSource {
  const opened = new Map<string, ByteSource>();
  return (name = names[0] ?? '') => {
    if (!names.includes(name)) {
      throw new UsageError(`no disk '${name}'; the app was built with ${names.join(', ')}`);
    }
    let disk = opened.get(name);
    if (disk === undefined) {
      disk = open(name);
      opened.set(name, disk);
    }
    return disk;
  };
}
