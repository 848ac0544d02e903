import type { Kind, NodeTree } from '#reader';
import { PathBudget } from '../path-budget.ts';
import { walkNodes } from '../walk-nodes.ts';
import type { EntrySizes } from './pack-report.ts';

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

interface Sum {
  packed: number;
  size: number;
  files: number;
}

/** Walks all files of an image. Memory grows with the number of objects alone. @throws FormatError */
export function reportFiles(nodes: NodeTree, { sizes, entryAt }: EntrySizes): FileReport {
  const kinds = { file: 0, executable: 0, directory: 0, link: 0, submodule: 0 };
  const met = new Uint8Array(sizes.length);
  const suffixes = new Map<string, Sum>();
  const shares = new Map<string, Sum>();
  let largest: LargeFile[] = [];
  let total = 0;
  const root = { path: new Uint8Array(0), node: nodes.root };
  for (const { path, entry } of walkNodes(nodes, root, { budget: new PathBudget() })) {
    const { kind, node } = entry;
    kinds[kind] += 1;
    if (kind === 'directory' || kind === 'submodule') continue;
    const size = entry.size;
    const at = entryAt(nodes.place(node));
    const isFirst = at !== undefined && met[at] === 0;
    const packed = at === undefined ? 0 : (sizes[at] as number);
    if (at !== undefined) met[at] = 1;
    const own = { packed: isFirst ? packed : 0, size, files: 1 };
    addTo(shares, shareOf(path, shares), own);
    if (kind === 'link') continue;
    total += size;
    addTo(suffixes, suffixOf(path), own);
    const least = largest.length < MOST_LARGEST ? -1 : (largest.at(-1) as LargeFile).packed;
    if (isFirst && packed > least) {
      largest.push({ path: Buffer.from(path).toString(), size, packed });
      largest = largest.sort((a, b) => b.packed - a.packed).slice(0, MOST_LARGEST);
    }
  }
  return {
    kinds,
    size: total,
    largest,
    suffixes: sorted(suffixes)
      .slice(0, MOST_SUFFIXES)
      .map(([suffix, sum]) => ({ suffix, ...sum })),
    shares: sorted(shares).map(([path, sum]) => ({ path, ...sum })),
  };
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
  const share = Buffer.from(path.subarray(0, second === -1 ? first : second)).toString();
  if (shares.has(share) || shares.size < MOST_SHARES) return share;
  return shares.size < 2 * MOST_SHARES ? Buffer.from(path.subarray(0, first)).toString() : '.';
}

/** The end of a name after its last dot, in lower case; empty if there is none, or a long one. */
function suffixOf(path: Uint8Array): string {
  const dot = path.lastIndexOf(DOT);
  const start = path.lastIndexOf(SLASH) + 1;
  const length = path.length - dot;
  if (dot <= start || length < 2 || length > MAX_SUFFIX) return '';
  const text = Buffer.from(path.subarray(dot)).toString().toLowerCase();
  return /^\.[a-z0-9_+-]+$/.test(text) ? text : '';
}
