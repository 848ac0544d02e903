import {
  decodeModuleMap,
  type FileSystem,
  idStartInFolder,
  isNone,
  kindInFolder,
  MAX_MODULE_MAP_BYTES,
  MODULE_MAP_NAME,
  type ModuleMap,
  type PackageFields,
} from '../../reader/index.ts';

/** Only the image tells. */
export const UNKNOWN = 'unknown';

/** What an app's image says of its modules in its module map, which `docteur pack-app` writes. */
export class KnownModules {
  readonly #map: ModuleMap;

  constructor(map: ModuleMap) {
    this.#map = map;
  }

  /** What stands at a path; a link is unknown, and so is what only the image tells. */
  kind(path: string): 'file' | 'directory' | undefined | typeof UNKNOWN {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === '') return UNKNOWN;
    const folder = path.slice(0, slash);
    const names = this.#map.folder(folder);
    if (names === undefined) {
      // Behind a link, or there is no such folder.
      const kind = folder === '' ? UNKNOWN : this.kind(folder);
      return kind === UNKNOWN ? UNKNOWN : undefined;
    }
    const kind = kindInFolder(names, name);
    if (kind === undefined) return isNone(names, name) ? undefined : UNKNOWN;
    return kind === 'link' ? UNKNOWN : kind;
  }

  /** How the id of a file begins; undefined where only the image tells. */
  idStart(path: string): number | undefined {
    const slash = path.lastIndexOf('/');
    const names = this.#map.folder(path.slice(0, slash));
    return names === undefined ? undefined : idStartInFolder(names, path.slice(slash + 1));
  }

  /** What the package.json in a folder says; undefined where it has to be read. */
  packageIn(folder: string): PackageFields | undefined {
    return this.#map.packageIn(folder);
  }
}

/** The module map of an image; undefined where it has none, or that of another folder. */
export function readKnownModules({ nodes }: FileSystem): KnownModules | undefined {
  const node = nodes.child(nodes.root, Buffer.from(MODULE_MAP_NAME));
  if (
    node === undefined ||
    nodes.kind(node) !== 'file' ||
    nodes.size(node) > MAX_MODULE_MAP_BYTES
  ) {
    return undefined;
  }
  const text = Buffer.from(nodes.view(node)).toString('utf8');
  const root = [...nodes.list(nodes.root)].map(({ nameBytes, kind, node }) => {
    return { name: nameBytes, kind, id: nodes.id(node) };
  });
  const map = decodeModuleMap(text, root);
  return map && new KnownModules(map);
}
