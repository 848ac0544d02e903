import { Buffer } from 'node:buffer';
import nodeFs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ImageFs } from '../../fs/create-fs.ts';
import { ImageFileHandle } from '../../fs/file-handle.ts';
import type { OpenFiles } from '../../fs/open-files.ts';

type Call = (...args: unknown[]) => unknown;
/** A function, and others that hang on it. */
type FullCall = Call & { native?: Call; [promisify.custom]?: Call };
type Calls = Record<string, FullCall>;

/** Functions that take a descriptor where others take a path. */
const BY_DESCRIPTOR =
  /^(f(stat|sync|datasync|chmod|chown|truncate|utimes)|read|readv|write|writev|close)(Sync)?$/;

/** Functions by which the image's own path is a folder; to open and to read, it is the file that it is. */
const OF_FOLDERS = /^(readdir|opendir|l?stat|statfs)(Sync)?$/;

/**
 * Lets node:fs of this thread answer from an image what lies below `at`, and its descriptors; all else is as
 * before. Modules that hold functions of node:fs already keep those.
 * @returns takes it back, in whatever order images and others take back what they did to node:fs
 */
export function redirectFs(
  { imageFs, files }: { readonly imageFs: ImageFs; readonly files: OpenFiles },
  at: string,
): () => void {
  const below = `${at}/`;
  const belowBytes = Buffer.from(below).toString('latin1');
  /** @param asFolder whether the image itself counts, as the folder that it seems to be */
  const isInside = (path: unknown, asFolder: boolean): boolean => {
    const text = path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : path;
    if (typeof text === 'string') return text.startsWith(below) || (asFolder && text === at);
    return Buffer.isBuffer(text) && text.toString('latin1').startsWith(belowBytes);
  };
  let isRedirected = true;
  const undo: (() => void)[] = [];

  function redirect(target: Calls, source: Calls): void {
    for (const [name, own] of Object.entries(source)) {
      const original = target[name];
      if (typeof own !== 'function' || typeof original !== 'function' || /^[A-Z]/.test(name))
        continue;
      const isOurs = (first: unknown) =>
        isRedirected &&
        (files.has(first) ||
          first instanceof ImageFileHandle ||
          (!BY_DESCRIPTOR.test(name) && isInside(first, OF_FOLDERS.test(name))));
      const choose = chooseBetween(isOurs, own, original);
      target[name] = choose;
      undo.push(() => {
        if (target[name] === choose) target[name] = original;
      });
    }
  }

  redirect(nodeFs as unknown as Calls, imageFs as unknown as Calls);
  redirect(nodeFs.promises as unknown as Calls, imageFs.promises as unknown as Calls);
  syncBuiltinESMExports();
  return () => {
    isRedirected = false;
    for (const back of undo) back();
    syncBuiltinESMExports();
  };
}

/** A function that is one of two by its first argument, and has all that hangs on Node's. */
function chooseBetween(
  isOurs: (first: unknown) => boolean,
  own: FullCall,
  original: FullCall,
): FullCall {
  const choose: FullCall = function (this: unknown, ...args) {
    return isOurs(args[0]) ? own(...args) : original.apply(this, args);
  };
  const others = Object.getOwnPropertyDescriptors(original);
  for (const name of ['native', promisify.custom] as const) {
    const { [name]: theirs } = original;
    const { [name]: ours } = own;
    delete others[name];
    if (theirs !== undefined && ours !== undefined) {
      choose[name] = (...args) => (isOurs(args[0]) ? ours(...args) : theirs(...args));
    }
  }
  return Object.defineProperties(choose, others);
}
