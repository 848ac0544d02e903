import { oidToHex } from '#format';
import { encodeFolder, type MappedEntry } from './folder-names.ts';
import { type PackageFields, packageFields } from './package-fields.ts';

/** The file in the root of an app's image that says which modules there are: finding them then reads no folders. */
export const MODULE_MAP_NAME = '.docteur-modules.json';
/** A larger map takes longer to read than it saves, and is not used. */
export const MAX_MODULE_MAP_BYTES = 64 * 2 ** 20;
const VERSION = 2;

/** A module map: what follows from an image's trees and package.json files, so that whoever doubts it compares. */
export interface ModuleMap {
  readonly version: typeof VERSION;
  /** What the root holds besides the map: kinds and ids, by names. A root that differs has another map. */
  readonly root: Readonly<Record<string, string>>;
  /** The names in each folder, and how ids begin, as `encodeFolder` writes them, by its path: empty for the root, else `/a/b`. */
  readonly folders: Readonly<Record<string, string>>;
  /** What stands in the package.json of a folder, where it is sound. */
  readonly packages: Readonly<Record<string, PackageFields>>;
}

/** An entry with the id of what it names. */
export interface RootEntry extends MappedEntry {
  readonly id: Uint8Array;
}

/** Makes a map, told of each folder after those in it. */
export class ModuleMapBuilder {
  readonly #folders: Record<string, string> = Object.create(null);
  readonly #packages: Record<string, PackageFields> = Object.create(null);
  /** Characters of folders and their paths so far. */
  size = 0;

  addFolder(path: string, entries: Iterable<MappedEntry>): void {
    const names = encodeFolder(entries);
    this.#folders[path] = names;
    this.size += path.length + names.length;
  }

  /** @param text the folder's package.json */
  addPackage(path: string, text: string): void {
    try {
      this.#packages[path] = packageFields(text);
    } catch {
      // Whoever asks for the package is told what is wrong with it.
    }
  }

  /** The text of the map. @param entries those of the root, with or without the map itself */
  finish(entries: readonly RootEntry[]): string {
    const others = entries.filter(({ name }) => !isMapName(name));
    const map: MappedEntry = { name: mapNameBytes, kind: 'file' };
    const before = others.findIndex(({ name }) => compare(name, mapNameBytes) > 0);
    const all: MappedEntry[] = [...others];
    this.addFolder('', all.toSpliced(before < 0 ? others.length : before, 0, map));
    return JSON.stringify({
      version: VERSION,
      root: describeRoot(others),
      folders: this.#folders,
      packages: this.#packages,
    });
  }
}

/** The map in a text; undefined if it is none, or that of another root. */
export function decodeModuleMap(text: string, root: readonly RootEntry[]): ModuleMap | undefined {
  let map: ModuleMap | null;
  try {
    map = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (map?.version !== VERSION || !isObject(map.folders) || !isObject(map.packages)) {
    return undefined;
  }
  const others = describeRoot(root.filter(({ name }) => !isMapName(name)));
  return JSON.stringify(map.root) === JSON.stringify(others) ? map : undefined;
}

function describeRoot(entries: readonly RootEntry[]): Record<string, string> {
  const root: Record<string, string> = Object.create(null);
  // Names as bytes, of which none is another's text.
  for (const { name, kind, id } of entries) {
    root[String.fromCharCode(...name)] = `${kind} ${oidToHex(id)}`;
  }
  return root;
}

const mapNameBytes = Uint8Array.from(MODULE_MAP_NAME, (character) => character.charCodeAt(0));

function isMapName(name: Uint8Array): boolean {
  return compare(name, mapNameBytes) === 0;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at < 0 ? one.length - other.length : (one[at] as number) - (other[at] ?? -1);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
