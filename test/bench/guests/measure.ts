// What readers cost, measured by themselves: the same code runs in a guest and in a program.
import { type ByteSource, createInflater, DEFAULT_LIMITS, type NewHash, openImage } from '#format';
import { type FileSystem, mount, type Reader } from '../../../guest/reader/index.ts';
import { ObjectReader } from '../../../guest/reader/pack/index.ts';

/** What to do, and milliseconds from any start. */
export interface Work {
  readonly kind: 'nothing' | 'boot' | 'random' | 'every' | 'all-by-path' | 'in-pieces';
  readonly reader: Reader;
  readonly now: () => number;
  readonly newHash?: NewHash | undefined;
  /** Compare all that is read with its id. */
  readonly check?: boolean;
}

/** Milliseconds: of the whole, and of each single read of `random`. */
export interface Measured {
  readonly total: number;
  readonly each: number[];
  readonly bytes: number;
}

const PIECE = 1 << 20;
const WARM_UP = 200;
const RANDOM_READS = 1000;
/** What a lazy file system has for objects. */
const CACHE_BYTES = 41.25 * 2 ** 20;

export function measure(
  source: ByteSource,
  { kind, reader, now, newHash, check = false }: Work,
): Measured {
  const start = now();
  if (kind === 'nothing') return { total: 0, each: [], bytes: 0 };
  if (kind === 'every') return readInPackOrder(source, now);
  const fs = mount(source, { reader, check, newHash });
  const total = now() - start;
  if (kind === 'boot') return { total, each: [], bytes: 0 };
  if (kind === 'all-by-path') {
    // Not by a list of all paths, which would be most of what the memory holds.
    let bytes = 0;
    for (const { kind, pathBytes } of fs.walk()) {
      if (kind === 'file' || kind === 'executable') bytes += readInPieces(fs, pathBytes);
    }
    return { total: now() - start, each: [], bytes };
  }
  if (kind === 'in-pieces') {
    const bytes = filesBelow(fs).reduce((sum, path) => sum + readInPieces(fs, path), 0);
    return { total: now() - start, each: [], bytes };
  }
  const paths = shuffled(filesBelow(fs)).slice(0, WARM_UP + RANDOM_READS);
  for (const path of paths.slice(0, WARM_UP)) fs.get(path);
  let bytes = 0;
  const each = paths.slice(WARM_UP).map((path) => {
    const before = now();
    bytes += fs.get(path).length;
    return now() - before;
  });
  return { total, each, bytes };
}

/** Bytes of one file, as an app that writes it reads it. */
function readInPieces(fs: FileSystem, path: string | Uint8Array): number {
  const file = fs.open(path);
  const { size } = file;
  if (size <= PIECE) return file.view().length;
  let bytes = 0;
  for (let at = 0; at < size; at += PIECE) bytes += file.view(at, PIECE).length;
  return bytes;
}

/** Every object once, where the PACK has it. */
function readInPackOrder(source: ByteSource, now: () => number): Measured {
  const { pack, idx } = openImage(source, DEFAULT_LIMITS);
  const packOffsets = Float64Array.from({ length: idx.count }, (_, i) =>
    idx.packOffsetOf(i),
  ).sort();
  const objects = new ObjectReader(pack, {
    inflater: createInflater(),
    limits: DEFAULT_LIMITS,
    cacheBytes: CACHE_BYTES,
    lookUp: (oid) => idx.lookUp(oid),
  });
  const start = now();
  let bytes = 0;
  for (const packOffset of packOffsets) {
    // Trees and the commit too, as git does.
    bytes += objects.readEntry(packOffset).content.length;
  }
  return { total: now() - start, each: [], bytes };
}

/** The paths of all files, links not followed. */
export function filesBelow(fs: FileSystem): string[] {
  const found: string[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const { name, kind } of fs.list(folder)) {
      if (kind === 'directory') pending.push(`${folder}${name}/`);
      else if (kind === 'file' || kind === 'executable') found.push(`${folder}${name}`);
    }
  }
  return found;
}

/** The same order in every run. */
export function shuffled(paths: string[]): string[] {
  let state = 1;
  for (let i = paths.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const j = state % (i + 1);
    [paths[i], paths[j]] = [paths[j] as string, paths[i] as string];
  }
  return paths;
}
