import type { Kind } from '../fs/entry.ts';
import { decodeUtf8, encodeUtf8 } from '../fs/utf8.ts';

/** Files of other names are not in a map: whether they are there, only the image tells. */
const MAPPED_FILE = /^[^.]*$|\.(?:[cm]?js|json|node|wasm)$/;

/** Whether a map has the files of this name. */
export function isMappedFile(name: string): boolean {
  return MAPPED_FILE.test(name);
}

/** An entry of a folder. */
export interface MappedEntry {
  readonly name: Uint8Array;
  readonly kind: Kind;
}

/**
 * The names of a folder's entries in one text: files, folders and links. Each list is begun by a `/`, and each name
 * ended by one. Submodules, and names that are not UTF-8, are left out: no module can be found there.
 */
export function encodeFolder(entries: Iterable<MappedEntry>): string {
  const lists = { file: '/', directory: '/', link: '/' };
  for (const { name, kind } of entries) {
    if (kind === 'submodule') continue;
    const list = kind === 'executable' ? 'file' : kind;
    const text = mappedName(name);
    if (text !== undefined && (list !== 'file' || isMappedFile(text))) lists[list] += `${text}/`;
  }
  return lists.file + lists.directory + lists.link;
}

/** The name of an entry as text; undefined if it is not UTF-8. */
export function mappedName(name: Uint8Array): string | undefined {
  const text = decodeUtf8(name);
  if (!text.includes('\ufffd')) return text;
  const again = encodeUtf8(text);
  return again.length === name.length && again.every((byte, i) => byte === name[i])
    ? text
    : undefined;
}

/** What a folder holds by a name that is not empty. */
export function kindInFolder(
  names: string,
  name: string,
): 'file' | 'directory' | 'link' | undefined {
  const at = names.indexOf(`/${name}/`);
  if (at < 0) return undefined;
  const directories = names.indexOf('//');
  if (at < directories) return 'file';
  return at < names.indexOf('//', directories + 1) ? 'directory' : 'link';
}
