import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoText } from '../../../base/errno-text.ts';
import { TenderError } from '../../../base/errors.ts';
import { loadLater } from '../../../base/load-later.ts';

/** A version of an image, as a cache knows it. */
export interface CachedVersion {
  /** Bytes. */
  readonly size: number;
  /** What the server told versions by. */
  readonly version: string;
}

/** The least that a cache may be bounded to, in bytes, and what it has if nobody says. */
export const LEAST_CACHE = 16 * 2 ** 20;
export const DEFAULT_CACHE = 2 ** 30;

const OTHERS_MAY_WRITE = 0o022;

/** The names of a cache's folders, one for each address, and of the files in them. */
const FOLDER = /^[0-9a-f]{40}$/;
const FILE = /^(?:[0-9a-f]{40}-\d+|newest\.json|[0-9a-f]{16}\.part)$/;

export function digest(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = loadLater('node:crypto').createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * A folder of parts of images, which several processes share without a lock: files are only ever added to, with
 * bytes that prove themselves, or removed.
 */
export class CacheFolder {
  readonly path: string;
  readonly #limit: number;
  /** Bytes that may be written until the folder is measured again. */
  #room = 0;
  #isBroken = false;

  /** @param limit bytes of all files together @throws {TenderError} unless it is the user's own folder */
  constructor(path: string, limit: number) {
    this.path = path;
    this.#limit = limit;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const { uid, mode } = statSync(path);
      if (uid !== process.getuid?.() || (mode & OTHERS_MAY_WRITE) !== 0) {
        throw new TenderError(
          `${path}: others may write there, so nothing in it can be believed: chmod go-w, or use another folder`,
        );
      }
    } catch (error) {
      if (error instanceof TenderError) throw error;
      throw new TenderError(`${path}: cannot be a cache: ${errnoText(error)}`);
    }
  }

  /** The folder of one address. */
  folderOf(address: string): string {
    return join(this.path, digest(address).toString('hex').slice(0, 40));
  }

  /** What was kept last of an address; undefined where there is nothing that makes sense. */
  newest(address: string): CachedVersion | undefined {
    const folder = this.folderOf(address);
    try {
      const { size, version } = JSON.parse(readFileSync(join(folder, 'newest.json'), 'utf8'));
      if (Number.isSafeInteger(size) && size > 0 && typeof version === 'string')
        return { size, version };
    } catch {
      // None, or torn.
    }
    return undefined;
  }

  /** Remembers what an address has now. */
  remember(address: string, { size, version }: CachedVersion): void {
    const folder = this.folderOf(address);
    this.attempt(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const part = join(folder, `${loadLater('node:crypto').randomBytes(8).toString('hex')}.part`);
      writeFileSync(part, JSON.stringify({ size, version }), { mode: 0o600, flag: 'wx' });
      renameSync(part, join(folder, 'newest.json'));
    });
  }

  /** Whether so many bytes may be written: the oldest files make room. */
  mayWrite(bytes: number): boolean {
    if (this.#room < bytes) this.attempt(() => this.#measure());
    if (this.#isBroken) return false;
    if (this.#room < bytes) return false;
    this.#room -= bytes;
    return true;
  }

  /** Does what writes. Where that fails, the disk is full or broken: nothing is written from then on. */
  attempt(write: () => void): void {
    if (this.#isBroken) return;
    try {
      write();
    } catch {
      this.#isBroken = true;
    }
  }

  /** With two processes, each may write a sixteenth before it looks again, and an eighth is free then. */
  #measure(): void {
    const files = this.#files().sort((a, b) => a.used - b.used);
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const most = this.#limit - this.#limit / 8;
    for (const { path, bytes } of files) {
      if (total <= most) break;
      rmSync(path, { force: true });
      total -= bytes;
    }
    this.#room = total <= most ? this.#limit / 16 : 0;
  }

  /** Those of the cache: whatever else is in the folder is its owner's, and stays. */
  #files(): { path: string; bytes: number; used: number }[] {
    const files: { path: string; bytes: number; used: number }[] = [];
    for (const folder of readdirSync(this.path).filter((name) => FOLDER.test(name))) {
      try {
        if (!lstatSync(join(this.path, folder)).isDirectory()) continue;
        for (const name of readdirSync(join(this.path, folder)).filter((one) => FILE.test(one))) {
          const path = join(this.path, folder, name);
          const stats = lstatSync(path);
          if (stats.isFile()) files.push({ path, bytes: stats.blocks * 512, used: stats.mtimeMs });
        }
      } catch {
        // Another process removed it.
      }
    }
    return files;
  }
}
