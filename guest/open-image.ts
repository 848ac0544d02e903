import type { Host } from './app.ts';
import { type FileSystem, mount, READERS } from './fs/index.ts';
import { UsageError } from './options.ts';

/** Mounts the disk's image with the reader that the user named, `auto` if none. */
export function openImage(host: Host, name = 'auto'): FileSystem {
  const reader = READERS.find((known) => known === name);
  if (reader === undefined) {
    throw new UsageError(`unknown reader '${name}', one of ${READERS.join(', ')} is meant`);
  }
  const { newHash } = host;
  const fs = mount(host.openDisk(), {
    reader,
    ...(newHash && { newHash }),
    onWarning: (message) => host.complain(message),
  });
  host.mark('mount');
  return fs;
}

/** Files up to this many bytes are written at once, larger ones in pieces of it. */
const PIECE = 1 << 20;

/** Writes a file's content, without ever holding more than a piece of a large one. */
export function writeFile(host: Host, fs: FileSystem, path: string | Uint8Array): void {
  const size = fs.size(path);
  if (size <= PIECE) {
    host.write(fs.view(path));
    return;
  }
  for (let at = 0; at < size; at += PIECE) host.write(fs.getPartial(path, at, PIECE));
}
