import Module from 'node:module';
import { ADDON } from './module-errors.ts';

type ResolveFilename = (
  request: string,
  parent: { readonly filename?: string } | undefined,
  ...rest: unknown[]
) => string;

type LoadFile = (module: unknown, filename: string) => void;

/** Node's own functions, which packages have long replaced so, and which the types leave out. */
const loader = Module as unknown as {
  _resolveFilename: ResolveFilename;
  readonly _extensions: Record<string, LoadFile>;
};

/**
 * Whoever calls Node's function itself asks no hooks: tools do, and in Node 22 `require` of a CommonJS module that
 * was imported. So it is replaced.
 * @param resolve gives the file for a specifier and the file that asks; undefined where that is not its business
 * @returns takes it back
 */
export function patchRequire(
  resolve: (specifier: string, from: string) => string | undefined,
): () => void {
  const original = loader._resolveFilename;
  let isPatched = true;
  const patched: ResolveFilename = function (this: unknown, request, parent, ...rest) {
    const found = isPatched ? resolve(request, parent?.filename ?? '') : undefined;
    return found ?? original.call(this, request, parent, ...rest);
  };
  loader._resolveFilename = patched;
  return () => {
    // Others may have replaced it since, and call this one.
    isPatched = false;
    if (loader._resolveFilename === patched) loader._resolveFilename = original;
  };
}

/**
 * Addons of native code are loaded by the system, which knows of no image: what it would say explains nothing.
 * @returns takes it back
 */
export function refuseAddons(isInside: (filename: string) => boolean): () => void {
  const original = loader._extensions['.node'] as LoadFile;
  const refuse: LoadFile = (module, filename) => {
    if (!isInside(filename)) return original(module, filename);
    throw Object.assign(new Error(`${filename}: ${ADDON}`), { code: 'ERR_DLOPEN_FAILED' });
  };
  loader._extensions['.node'] = refuse;
  return () => {
    if (loader._extensions['.node'] === refuse) loader._extensions['.node'] = original;
  };
}
