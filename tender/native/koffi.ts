import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type koffi from 'koffi';

/** The part of koffi that is used here. The native module has it without the package's wrapper. */
export type Koffi = Pick<typeof koffi, 'load' | 'view' | 'errno' | 'address' | 'call' | 'proto'>;

/** Where npm puts the package: found without asking Node's resolver, which takes milliseconds. */
function usualFolder(from: string, name: string): string | undefined {
  for (let folder = dirname(fileURLToPath(from)); ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Where any other package manager put it. */
function resolvedFolder(from: string, name: string): string | undefined {
  try {
    const fromKoffi = createRequire(createRequire(from).resolve('koffi'));
    return dirname(fromKoffi.resolve(name));
  } catch {
    return undefined;
  }
}

/**
 * The files of koffi's native module, to be tried in order (one for each C library); empty where
 * koffi is not installed or has none for this system. Loading one directly takes a third of the
 * time that the package's entry takes.
 * @param from the URL of a module of this package
 */
export function findKoffi(from: string): string[] {
  const { platform, arch } = process;
  const name = `@koromix/koffi-${platform}-${arch}`;
  const folder = usualFolder(from, name) ?? resolvedFolder(from, name);
  if (folder === undefined) return [];
  return [`${platform}_${arch}`, `musl_${arch}`]
    .map((triplet) => join(folder, triplet, 'koffi.node'))
    .filter((file) => existsSync(file));
}

/** Whether the module is the one for musl. */
export function isMusl(file: string): boolean {
  return basename(dirname(file)).startsWith('musl_');
}

/** Loads koffi's native module from the first file that suits this process. */
export function loadKoffi(files: readonly string[]): { koffi: Koffi; file: string } {
  let reason: unknown = new Error('koffi is not installed for this system');
  for (const file of files) {
    try {
      const module = { exports: {} };
      process.dlopen(module, file);
      return { koffi: module.exports as Koffi, file };
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}
