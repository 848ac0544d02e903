import { oidToHex } from '#format';
import type { MappedEntry } from './folder-names.ts';
import type { PackageFields } from './package-fields.ts';

/** The file in the root of an app's image that says which modules there are: finding them then reads no folders. */
export const MODULE_MAP_NAME = '.docteur-modules';
/** A larger map takes longer to read than it saves, and is not used. */
export const MAX_MODULE_MAP_BYTES = 64 * 2 ** 20;
export const MODULE_MAP_VERSION = 3;
/** Ends each part of a map: neither a name nor JSON holds it. */
export const END = '\0';

/** The first part of a map. */
export interface ModuleMapHead {
  readonly version: typeof MODULE_MAP_VERSION;
  /** What the root holds besides the map: kinds and ids, by names. A root that differs has another map. */
  readonly root: Readonly<Record<string, string>>;
  /** How many characters are said of each package, in their order, by its path: empty for the root, else `/a/b`. */
  readonly packages: Readonly<Record<string, number>>;
}

/** An entry with the id of what it names. */
export interface RootEntry extends MappedEntry {
  readonly id: Uint8Array;
}

/**
 * A module map: what follows from an image's trees and package.json files, so that whoever doubts it compares. What
 * it says of a package is looked at when the package is: most apps have many more than they load at a time.
 */
export class ModuleMap {
  readonly #text: string;
  /** Where it is said of a package, or undefined once it was read. */
  readonly #places: Map<string, readonly [from: number, to: number] | undefined>;
  readonly #fields = new Map<string, string>();
  readonly #folders = new Map<string, string>();

  constructor(text: string, places: ReadonlyMap<string, readonly [from: number, to: number]>) {
    this.#text = text;
    this.#places = new Map(places);
  }

  /** The names in a folder and how ids begin, as `encodeFolder` writes them; undefined where it is not in the map. */
  folder(path: string): string | undefined {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    let owner = path;
    while (owner !== '' && !this.#places.has(owner)) owner = parentOf(owner);
    this.#read(owner);
    return this.#folders.get(path);
  }

  /** What stands in the package.json of a folder; undefined where there is none that is sound. */
  packageIn(folder: string): PackageFields | undefined {
    this.#read(folder);
    try {
      return JSON.parse(this.#fields.get(folder) ?? '') ?? undefined;
    } catch {
      return undefined;
    }
  }

  #read(owner: string): void {
    const place = this.#places.get(owner);
    if (place === undefined) return;
    this.#places.set(owner, undefined);
    const [fields = '', ...words] = this.#text.slice(...place).split(END);
    this.#fields.set(owner, fields);
    for (let i = 0; i + 1 < words.length; i += 2) {
      this.#folders.set(`${owner}${words[i]}`, words[i + 1] as string);
    }
  }
}

/** The map in a text; undefined if it is none, or that of another root. */
export function decodeModuleMap(text: string, root: readonly RootEntry[]): ModuleMap | undefined {
  let from = text.indexOf(END) + 1;
  let head: ModuleMapHead | null;
  try {
    head = JSON.parse(text.slice(0, Math.max(0, from - 1)));
  } catch {
    return undefined;
  }
  if (head?.version !== MODULE_MAP_VERSION || !isObject(head.packages)) return undefined;
  if (JSON.stringify(head.root) !== JSON.stringify(describeRoot(root))) return undefined;
  const places = new Map<string, readonly [number, number]>();
  for (const [path, length] of Object.entries(head.packages)) {
    if (!Number.isSafeInteger(length) || length < 0) return undefined;
    places.set(path, [from, from + length]);
    from += length + END.length;
  }
  return new ModuleMap(text, places);
}

/** @param entries those of the root, with or without the map itself */
export function describeRoot(entries: readonly RootEntry[]): Record<string, string> {
  const root: Record<string, string> = Object.create(null);
  for (const { name, kind, id } of entries) {
    // Names as bytes, of which none is another's text.
    const key = String.fromCharCode(...name);
    if (key !== MODULE_MAP_NAME) root[key] = `${kind} ${oidToHex(id)}`;
  }
  return root;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
