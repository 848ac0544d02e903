import { pathToFileURL } from 'node:url';

/** Where an address leads in an image. */
export interface ModuleAddress {
  readonly path: string;
  /** What stands behind the path: `?query`, `#hash`, both, or nothing. */
  readonly suffix: string;
}

/** Names that an address and a path have in common. */
const PLAIN = /^\.(?:\/[\w@+-][\w.@+-]*)+$/;

/**
 * Reads an address (`./name`) as seen from a folder. `new URL` says what that is: it decodes nothing, turns `\` into `/`
 * and leaves out tabs and line ends.
 * @param address of the whole address, before it is decoded, and of its path: refuses what stands there
 * @throws URIError where it cannot be decoded; what `refuse` throws
 */
export function addressIn(
  folder: string,
  address: string,
  refuse: (href: string, pathname: string) => void,
): ModuleAddress {
  // To parse an address takes long at a start, when none of the code is compiled.
  if (PLAIN.test(address)) return { path: folder + address.slice(1), suffix: '' };
  const { href, pathname, search, hash } = new URL(address, pathToFileURL(`${folder}/`));
  refuse(href, pathname);
  return { path: decodeURIComponent(pathname), suffix: search + hash };
}
