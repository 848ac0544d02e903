import { allocateBytes } from '#format';
import {
  type Entry,
  type FileSystem,
  type Kind,
  MissingBytes,
  type Path,
  type Stats,
} from '#reader';
import type { AsyncFileSystem, VisitedEntry } from './async-file-system.ts';

/** Larger files are read in pieces of this size, in bytes, so that no call has to begin again far behind. */
const PIECE_BYTES = 2 ** 20;
/** Most entries of a walk that are gathered at once. */
const BATCH = 256;

/** Makes a synchronous call until nothing is missing. */
export type Repeat = <Result>(call: () => Result) => Promise<Result>;

/** A file system over bytes that come later: each of its calls is made until it succeeds. */
export class RepeatedFileSystem implements AsyncFileSystem {
  readonly #fs: FileSystem;
  readonly #repeat: Repeat;

  constructor(fs: FileSystem, repeat: Repeat) {
    this.#fs = fs;
    this.#repeat = repeat;
  }

  exists(path: Path): Promise<Kind | undefined> {
    return this.#repeat(() => this.#fs.exists(path));
  }

  stat(path: Path): Promise<Stats> {
    return this.#repeat(() => this.#fs.stat(path));
  }

  lstat(path: Path): Promise<Stats> {
    return this.#repeat(() => this.#fs.lstat(path));
  }

  list(path: Path): Promise<Entry[]> {
    return this.#repeat(() => this.#fs.list(path));
  }

  async get(path: Path): Promise<Uint8Array> {
    const { file, size, whole } = await this.#repeat(() => {
      const file = this.#fs.open(path);
      const { size } = file;
      return { file, size, whole: size > PIECE_BYTES ? undefined : file.read() };
    });
    if (whole !== undefined) return whole;
    const bytes = allocateBytes(size);
    for (let at = 0; at < size; at += PIECE_BYTES) {
      bytes.set(await this.#repeat(() => file.read(at, PIECE_BYTES)), at);
    }
    return bytes;
  }

  getPartial(path: Path, offset: number, length: number): Promise<Uint8Array> {
    return this.#repeat(() => this.#fs.getPartial(path, offset, length));
  }

  readLink(path: Path): Promise<Uint8Array> {
    return this.#repeat(() => this.#fs.readLink(path));
  }

  realPath<P extends Path>(path: P): Promise<P> {
    return this.#repeat(() => this.#fs.realPath(path));
  }

  digest(path: Path): Promise<Uint8Array> {
    return this.#repeat(() => this.#fs.digest(path));
  }

  async *walk(path: Path = '/'): AsyncIterableIterator<VisitedEntry> {
    const steps = this.#fs.walk(path)[Symbol.iterator]();
    for (;;) {
      const batch = await this.#repeat(() => nextEntries(steps));
      if (batch.length === 0) return;
      yield* batch;
    }
  }
}

/** What can be had of a walk without waiting; nothing only where it ends. */
function nextEntries(steps: Iterator<VisitedEntry>): VisitedEntry[] {
  const batch: VisitedEntry[] = [];
  while (batch.length < BATCH) {
    try {
      const { done, value } = steps.next();
      if (done) break;
      const { name, nameBytes, kind, path, pathBytes } = value as VisitedEntry;
      batch.push({ name, nameBytes, kind, path, pathBytes });
    } catch (error) {
      // What was found is given first; then the step is repeated, or fails again.
      if (batch.length === 0 || !(error instanceof MissingBytes)) throw error;
      break;
    }
  }
  return batch;
}
