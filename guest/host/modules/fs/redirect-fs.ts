import { Buffer } from 'node:buffer';
import nodeFs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ImageFs } from '../../fs/create-fs.ts';
import { ImageFileHandle } from '../../fs/file-handle.ts';
import { isImageDescriptor } from '../../fs/open-files.ts';

type Call = (...args: unknown[]) => unknown;
type Calls = Record<string, Call & { native?: Call }>;

/** Functions that take a descriptor where others take a path. */
const BY_DESCRIPTOR =
  /^(f(stat|sync|datasync|chmod|chown|truncate|utimes)|read|readv|write|writev|close)(Sync)?$/;

/** Functions by which the image's own path is a folder; to open and to read, it is the file that it is. */
const OF_FOLDERS = /^(readdir|opendir|l?stat|statfs)(Sync)?$/;

/**
 * Lets node:fs of this thread answer from an image what lies below `at`, and its descriptors; all else is as
 * before. Modules that hold functions of node:fs already keep those.
 * @returns takes it back
 */
export function redirectFs(imageFs: ImageFs, at: string): () => void {
  const below = `${at}/`;
  const belowBytes = Buffer.from(below).toString('latin1');
  /** @param asFolder whether the image itself counts, as the folder that it seems to be */
  const isInside = (path: unknown, asFolder: boolean): boolean => {
    const text = path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : path;
    if (typeof text === 'string') return text.startsWith(below) || (asFolder && text === at);
    return Buffer.isBuffer(text) && text.toString('latin1').startsWith(belowBytes);
  };
  const undo: (() => void)[] = [];

  function redirect(target: Calls, source: Calls): void {
    for (const [name, own] of Object.entries(source)) {
      const original = target[name];
      if (typeof own !== 'function' || typeof original !== 'function' || /^[A-Z]/.test(name))
        continue;
      const isOurs = (first: unknown) =>
        isImageDescriptor(first) ||
        first instanceof ImageFileHandle ||
        (!BY_DESCRIPTOR.test(name) && isInside(first, OF_FOLDERS.test(name)));
      const choose: Call & { native?: Call } = function (this: unknown, ...args) {
        return isOurs(args[0]) ? own(...args) : original.apply(this, args);
      };
      if (original.native !== undefined) {
        const { native } = original;
        choose.native = (...args) => (isOurs(args[0]) ? own(...args) : native(...args));
      }
      target[name] = Object.defineProperties(choose, Object.getOwnPropertyDescriptors(own));
      undo.push(() => {
        target[name] = original;
      });
    }
  }

  redirect(nodeFs as unknown as Calls, imageFs as unknown as Calls);
  redirect(nodeFs.promises as unknown as Calls, imageFs.promises as unknown as Calls);
  syncBuiltinESMExports();
  return () => {
    for (const back of undo) back();
    syncBuiltinESMExports();
  };
}
