import type { Kind } from '#reader';

/** A file, and what it takes. */
interface LargeFile {
  readonly path: string;
  /** Its bytes, and those of its object in the PACK, which other files may share. */
  readonly size: number;
  readonly packed: number;
}

/** Files of one kind, by the end of their names. */
interface SuffixReport {
  readonly suffix: string;
  readonly files: number;
  readonly size: number;
  readonly packed: number;
}

/** A folder, or the files that lie in it, and what their objects take in the PACK. */
interface Share {
  readonly path: string;
  readonly packed: number;
  readonly size: number;
  readonly files: number;
}

/** What the files of an image take. */
export interface FileReport {
  readonly kinds: Readonly<Record<Kind, number>>;
  /** Bytes of all files. */
  readonly size: number;
  readonly largest: readonly LargeFile[];
  readonly suffixes: readonly SuffixReport[];
  /** Folders of the root, and those in them; each object counts where it is met first. */
  readonly shares: readonly Share[];
}

const MOST_LARGEST = 10;
const MOST_SUFFIXES = 10;
/** Folders that are told apart; what is in others counts for the one above. */
const MOST_SHARES = 5000;
const SLASH = 0x2f;
const DOT = 0x2e;
const MAX_SUFFIX = 12;
/** A byte order mark stays: it is a part of a name. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

interface Sum {
  packed: number;
  size: number;
  files: number;
}

/** Adds up the files of an image, in the order of a walk. */
export class FileSums {
  readonly #kinds = { file: 0, executable: 0, directory: 0, link: 0, submodule: 0 };
  readonly #suffixes = new Map<string, Sum>();
  readonly #shares = new Map<string, Sum>();
  #largest: LargeFile[] = [];
  #size = 0;

  /**
   * Counts what stands at a path, which is borrowed.
   * @param packed what its object takes in the PACK; 0 for folders and submodules
   * @param isFirst whether no path before it had that object
   */
  add(path: Uint8Array, kind: Kind, size: number, packed: number, isFirst: boolean): void {
    this.#kinds[kind] += 1;
    if (kind === 'directory' || kind === 'submodule') return;
    const own = { packed: isFirst ? packed : 0, size, files: 1 };
    addTo(this.#shares, shareOf(path, this.#shares), own);
    if (kind === 'link') return;
    this.#size += size;
    addTo(this.#suffixes, suffixOf(path), own);
    const largest = this.#largest;
    const least = largest.length < MOST_LARGEST ? -1 : (largest.at(-1) as LargeFile).packed;
    if (!isFirst || packed <= least) return;
    largest.push({ path: UTF8.decode(path), size, packed });
    this.#largest = largest.sort((a, b) => b.packed - a.packed).slice(0, MOST_LARGEST);
  }

  report(): FileReport {
    return {
      kinds: this.#kinds,
      size: this.#size,
      largest: this.#largest,
      suffixes: sorted(this.#suffixes)
        .slice(0, MOST_SUFFIXES)
        .map(([suffix, sum]) => ({ suffix, ...sum })),
      shares: sorted(this.#shares).map(([path, sum]) => ({ path, ...sum })),
    };
  }
}

function sorted(sums: ReadonlyMap<string, Sum>): [string, Sum][] {
  return [...sums].sort(([a, x], [b, y]) => y.packed - x.packed || (a < b ? -1 : 1));
}

function addTo(sums: Map<string, Sum>, key: string, own: Sum): void {
  const sum = sums.get(key) ?? { packed: 0, size: 0, files: 0 };
  sum.packed += own.packed;
  sum.size += own.size;
  sum.files += own.files;
  sums.set(key, sum);
}

/** The folder of the first two names of a path; `.` for what lies in the root itself. */
function shareOf(path: Uint8Array, shares: ReadonlyMap<string, Sum>): string {
  const first = path.indexOf(SLASH);
  if (first === -1) return '.';
  const second = path.indexOf(SLASH, first + 1);
  const share = UTF8.decode(path.subarray(0, second === -1 ? first : second));
  if (shares.has(share) || shares.size < MOST_SHARES) return share;
  return shares.size < 2 * MOST_SHARES ? UTF8.decode(path.subarray(0, first)) : '.';
}

/** The end of a name after its last dot, in lower case; empty if there is none, or a long one. */
function suffixOf(path: Uint8Array): string {
  const dot = path.lastIndexOf(DOT);
  const start = path.lastIndexOf(SLASH) + 1;
  const length = path.length - dot;
  if (dot <= start || length < 2 || length > MAX_SUFFIX) return '';
  const text = UTF8.decode(path.subarray(dot)).toLowerCase();
  return /^\.[a-z0-9_+-]+$/.test(text) ? text : '';
}
