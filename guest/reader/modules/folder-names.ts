import type { Kind } from '../fs/entry.ts';
import { decodeUtf8, encodeUtf8 } from '../fs/utf8.ts';

/** Files of other names are not in a map, but for those that hide one of it: `a.b` is asked for before `a.b.js`. */
const MAPPED_FILE = /^[^.]*$|\.(?:[cm]?js|json|node|wasm)$/;
/** What `require` adds to a name. */
const ENDINGS = ['.js', '.json', '.node'] as const;

/** Of an id, in hexadecimal digits. */
const ID_START = 8;

/** An entry of a folder. */
export interface MappedEntry {
  readonly name: Uint8Array;
  readonly kind: Kind;
  /** Zeros where it is not known. */
  readonly id?: Uint8Array;
}

/**
 * The names of a folder's entries in one text: files, folders and links. Each list is begun by a `/`, and each name
 * ended by one. Then how the files' ids begin, eight digits each. Submodules, and names that are not UTF-8, are left
 * out: no module can be found there.
 */
export function encodeFolder(entries: Iterable<MappedEntry>): string {
  const lists = { file: '/', directory: '/', link: '/' };
  const all = [...entries].flatMap(({ name, kind, id }) => {
    const text = mappedName(name);
    return kind === 'submodule' || text === undefined ? [] : [{ text, kind, id }];
  });
  const names = new Set(all.map(({ text }) => text));
  let ids = '';
  for (const { text, kind, id } of all) {
    const list = kind === 'executable' ? 'file' : kind;
    const isMapped =
      list !== 'file' ||
      MAPPED_FILE.test(text) ||
      ENDINGS.some((ending) => names.has(text + ending));
    if (!isMapped) continue;
    lists[list] += `${text}/`;
    if (list === 'file') ids += id === undefined ? '0'.repeat(ID_START) : idStart(id);
  }
  return lists.file + lists.directory + lists.link + ids;
}

function idStart(id: Uint8Array): string {
  const digits = Array.from(id.subarray(0, ID_START / 2), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return digits.join('');
}

/** How the id of a file begins, as a number; undefined where a folder has no such file, or its id is not said. */
export function idStartInFolder(names: string, name: string): number | undefined {
  const at = names.indexOf(`/${name}/`);
  if (at < 0 || at >= names.indexOf('//')) return undefined;
  const before = names.slice(0, at).split('/').length - 1;
  const from = names.lastIndexOf('/') + 1 + before * ID_START;
  const digits = names.slice(from, from + ID_START);
  return /^[\da-f]{8}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
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

/** Whether a folder that has no such name in its map has none at all. */
export function isNone(names: string, name: string): boolean {
  return MAPPED_FILE.test(name) || ENDINGS.some((ending) => names.includes(`/${name}${ending}/`));
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
