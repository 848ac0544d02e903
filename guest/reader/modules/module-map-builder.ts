import { encodeFolder, type MappedEntry } from './folder-names.ts';
import {
  describeRoot,
  END,
  MODULE_MAP_NAME,
  MODULE_MAP_VERSION,
  type ModuleMapHead,
  parentOf,
  type RootEntry,
} from './module-map.ts';
import { packageFields } from './package-fields.ts';

/** Makes a map, told of each folder after those in it. */
export class ModuleMapBuilder {
  readonly #folders = new Map<string, string>();
  readonly #packages = new Map<string, string>();
  /** Characters that the map takes at least. */
  size = 0;
  /** Characters of the paths of all folders. */
  pathsSize = 0;

  addFolder(path: string, entries: Iterable<MappedEntry>): void {
    const names = encodeFolder(entries);
    this.#folders.set(path, names);
    this.size += names.length + 2 * END.length;
    this.pathsSize += path.length;
  }

  /** @param text the folder's package.json */
  addPackage(path: string, text: string): void {
    try {
      this.#packages.set(path, JSON.stringify(packageFields(text)));
    } catch {
      // Whoever asks for the package is told what is wrong with it.
    }
  }

  /** The text of the map. @param entries those of the root, with or without the map itself */
  finish(entries: readonly RootEntry[]): string {
    const others = entries.filter(({ name }) => compare(name, mapNameBytes) !== 0);
    const map: MappedEntry = { name: mapNameBytes, kind: 'file' };
    const before = others.findIndex(({ name }) => compare(name, mapNameBytes) > 0);
    const all: MappedEntry[] = [...others];
    this.addFolder('', all.toSpliced(before < 0 ? others.length : before, 0, map));
    const parts = [...this.#byPackage()].map(([path, words]) => [path, words.join(END)] as const);
    const head: ModuleMapHead = {
      version: MODULE_MAP_VERSION,
      root: describeRoot(others),
      packages: Object.fromEntries(parts.map(([path, text]) => [path, text.length])),
    };
    return [JSON.stringify(head), ...parts.map(([, text]) => text)].join(END);
  }

  /** Of each package what is in its package.json, then its folders: their paths from its own, and their names. */
  #byPackage(): Map<string, string[]> {
    const owners = new Map<string, string[]>([['', ['']]]);
    for (const [path, fields] of this.#packages) owners.set(path, [fields]);
    for (const [path, names] of this.#folders) {
      let owner = path;
      while (!owners.has(owner)) owner = parentOf(owner);
      owners.get(owner)?.push(path.slice(owner.length), names);
    }
    return owners;
  }
}

const mapNameBytes = Uint8Array.from(MODULE_MAP_NAME, (character) => character.charCodeAt(0));

function compare(one: Uint8Array, other: Uint8Array): number {
  const at = one.findIndex((byte, i) => byte !== other[i]);
  return at < 0 ? one.length - other.length : (one[at] as number) - (other[at] ?? -1);
}
