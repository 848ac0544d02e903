import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/** Largest file in bytes. V8's code is about three times as large as the script. */
const MAX_FILE = 16 * 2 ** 20;
const MAX_FILES = 64;
const MAX_BYTES = 64 * 2 ** 20;
/** The least time between two updates of a used file's date, in ms. */
const TOUCH_EVERY = 3_600_000;
const OTHERS_WRITE = 0o022;

/** Files in a private folder, by name. The least recently used are removed first. Nothing here throws. */
export interface CodeFolder {
  /** All of a file; undefined if there is none, or one that somebody else wrote. */
  read(name: string): Buffer | undefined;
  /** Writes a file whole, or not at all. */
  write(name: string, parts: readonly Uint8Array[]): void;
  remove(name: string): void;
  close(): void;
}

function readWhole(fd: number, size: number): Buffer | undefined {
  // V8 takes code from where its words are aligned.
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let filled = 0; filled < size; ) {
    const count = readSync(fd, bytes, filled, size - filled, filled);
    if (count === 0) return undefined;
    filled += count;
  }
  return bytes;
}

function readOwnFile(path: string): Buffer | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_FILE) return undefined;
    if (stat.uid !== process.geteuid?.() || (stat.mode & OTHERS_WRITE) !== 0) return undefined;
    const now = Date.now();
    if (now - stat.mtimeMs > TOUCH_EVERY) futimesSync(fd, now / 1000, now / 1000);
    return readWhole(fd, stat.size);
  } finally {
    closeSync(fd);
  }
}

/** Removes the least recently used files until there is room for one more, of `room` bytes. */
function makeRoom(folder: string, room: number): void {
  const files = readdirSync(folder)
    .map((name) => ({ name, stat: lstatSync(`${folder}/${name}`) }))
    .sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
  let bytes = files.reduce((sum, { stat }) => sum + stat.size, room);
  let count = files.length + 1;
  for (const { name, stat } of files) {
    if (count <= MAX_FILES && bytes <= MAX_BYTES) return;
    unlinkSync(`${folder}/${name}`);
    bytes -= stat.size;
    count -= 1;
  }
}

function writeOwnFile(folder: string, name: string, parts: readonly Uint8Array[]): void {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  if (size > MAX_FILE) return;
  makeRoom(folder, size);
  const temporary = `${folder}/.${name}.${process.pid}`;
  // Exclusive: an existing file is left alone, and removed when room is made.
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(fd, Buffer.concat(parts));
    renameSync(temporary, `${folder}/${name}`);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // No cache is no failure: V8 compiles.
    return undefined;
  }
}

/** @param fd of the folder, as `openPrivateFolder` gives it; it belongs to what is returned */
export function codeFolder(fd: number): CodeFolder {
  // Through its descriptor, so that it is the folder that was checked.
  const folder = `/proc/self/fd/${fd}`;
  return {
    read: (name) => attempt(() => readOwnFile(`${folder}/${name}`)),
    write: (name, parts) => attempt(() => writeOwnFile(folder, name, parts)),
    remove: (name) => attempt(() => unlinkSync(`${folder}/${name}`)),
    close: () => attempt(() => closeSync(fd)),
  };
}
