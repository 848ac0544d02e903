import type { ByteSource } from '#format';
import { Line, LineTable } from './line-table.ts';

/** A part of the device to be read. */
export interface LineRead {
  /** In bytes from the device's start. */
  readonly offset: number;
  readonly into: Uint8Array;
}

/** What lies under a {@link LineCache}. */
export interface LineDevice {
  /** In bytes. */
  readonly size: number;
  /** Offsets and sizes of reads are multiples of it, in bytes; so is `size`. */
  readonly blockSize: number;
  /**
   * Lines that one miss reads while the cache has room, if a request costs more than their bytes: most of a device
   * that fits into the cache is wanted sooner or later. One if absent.
   */
  readonly linesAtOnce?: number;
  /** Makes all the reads, or throws. */
  read(reads: readonly LineRead[]): void;
  /** Begins reads; what it gives waits for them, and is false where one failed. Undefined: not begun. */
  begin?(reads: readonly LineRead[]): (() => boolean) | undefined;
}

/** So many lines are read at most while the caller does something else. */
const MAX_BEGUN = 32;

/** The part of a line that must be present after a miss. */
interface Wish {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** Reads that the device was asked for and has perhaps not made yet. */
interface Begun {
  readonly lines: readonly Line[];
  readonly wishes: readonly Wish[];
  readonly end: () => boolean;
}

/** Bytes that are read in small pieces before whole lines are read: many guests read little. */
const SMALL_READS_BYTES = 16 * 1024;
const SMALL_READ_BYTES = 2048;
/** The largest gap that is read so as to keep what lies before it. */
const NEAR_BYTES = 4096;
/** Most bytes that one miss reads, when reads follow one another. */
const MAX_READ_AHEAD = 1024 * 1024;
/** So much is read line by line before several are read at once: a guest that reads less ends soon. */
const FEW_BYTES = 1024 * 1024;
/** A device that is larger than so many caches is not filled into one. */
const MOST_CACHES = 2;

/**
 * A device as bytes, with its lines used last in memory: windows are views of it, without a copy,
 * and reads that follow one another are read ahead.
 */
export class LineCache implements ByteSource {
  readonly size: number;
  readonly #device: LineDevice;
  readonly #lineBytes: number;
  readonly #maxAhead: number;
  readonly #memory: Uint8Array;
  readonly #lines: LineTable;
  readonly #unused: Line[] = [];
  /** Where in the memory the next line begins, if there is room for one: a short run makes few. */
  #nextLine = 0;
  #smallLeft = SMALL_READS_BYTES;
  /** Most lines that are read while the caller does something else. */
  readonly #mostBegun: number;
  /** The line after the last one read: a miss there indicates sequential reads. */
  #expected = 0;
  #ahead = 1;
  /** The oldest first. Their lines are not in the table, where another part of one may be. */
  #begun: Begun[] = [];

  /** `lineBytes` is a multiple of the block size; `memory` has room for one line or more. */
  constructor(device: LineDevice, memory: Uint8Array, lineBytes: number) {
    this.size = device.size;
    this.#device = device;
    this.#lineBytes = lineBytes;
    this.#memory = memory;
    const count = Math.floor(memory.length / lineBytes);
    this.#lines = new LineTable(count);
    // Half of the cache stays for what was read before.
    const half = count >> 1;
    this.#mostBegun = Math.min(half, MAX_BEGUN);
    this.#maxAhead = Math.max(1, Math.min(MAX_READ_AHEAD / lineBytes, half));
  }

  window(offset: number, want: number): Uint8Array {
    if (offset < 0 || offset >= this.size) return new Uint8Array(0);
    const number = Math.floor(offset / this.#lineBytes);
    const start = offset - number * this.#lineBytes;
    const line = this.#lines.get(number);
    if (line === undefined || start < line.from || start >= line.to) {
      return this.#miss(number, start, want);
    }
    this.#lines.touch(line);
    return line.bytes.subarray(start, line.to);
  }

  /**
   * Begins to read a small piece, unless it is being read, or whole lines are by now; also where another piece of
   * its line is being read.
   */
  expect(offset: number, want: number): void {
    if (this.#smallLeft <= 0 || !(offset >= 0 && offset < this.size)) return;
    const number = Math.floor(offset / this.#lineBytes);
    const wish = this.#smallWish(number, offset - number * this.#lineBytes, want);
    if (this.#isBegun(wish)) return;
    const wishes = [wish];
    // What goes on in the next line is not waited for on its own.
    const left = Math.min(offset + want, this.size) - (number + 1) * this.#lineBytes;
    if (left > 0 && this.#mostBegun > 1 && this.#begunWith(number + 1) === undefined) {
      wishes.push(this.#smallWish(number + 1, 0, Math.min(left, this.#lineBytes)));
    }
    this.#smallLeft -= this.#begin(wishes);
  }

  /** Gives how many bytes the device was asked for. */
  #begin(wishes: readonly Wish[]): number {
    const most = Math.max(1, this.#mostBegun);
    while (this.#begun.length > 0 && this.#countBegun() + wishes.length > most) this.#endOldest();
    const lines = wishes.map(({ number }) => this.#take(number));
    const reads = wishes.flatMap((wish, i) => this.#readsFor(lines[i] as Line, wish));
    let end: (() => boolean) | undefined;
    try {
      if (reads.length > 0) end = this.#device.begin?.(reads);
    } finally {
      if (end === undefined) {
        for (const line of lines) this.#putBack(line);
      }
    }
    if (end === undefined) return 0;
    this.#begun.push({ lines, wishes, end });
    return reads.reduce((sum, { into }) => sum + into.length, 0);
  }

  #begunWith(number: number): Begun | undefined {
    for (const begun of this.#begun) {
      for (const wish of begun.wishes) if (wish.number === number) return begun;
    }
    return undefined;
  }

  #isBegun({ number, from, to }: Wish): boolean {
    return this.#begun.some(({ wishes }) =>
      wishes.some((wish) => wish.number === number && wish.from <= from && to <= wish.to),
    );
  }

  #countBegun(): number {
    return this.#begun.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  #endOldest(): void {
    this.#endBegun(this.#begun[0] as Begun);
  }

  /** Waits for what was begun. A failure is not told: who wants the bytes reads them again. */
  #endBegun(begun: Begun): void {
    this.#begun = this.#begun.filter((other) => other !== begun);
    const { lines, wishes, end } = begun;
    let ok = false;
    try {
      ok = end();
    } finally {
      wishes.forEach((wish, i) => {
        if (ok) this.#keep(lines[i] as Line, wish);
        else this.#putBack(lines[i] as Line);
      });
    }
  }

  /** Gives a line that was taken back as it was: reads go beside what it holds. */
  #putBack(line: Line): void {
    if (line.from < line.to) this.#add(line);
    else this.#unused.push(line);
  }

  /** Puts a line to its place, or what it holds into the line that is there: without a gap, or instead. */
  #add(line: Line): void {
    const other = this.#lines.get(line.number);
    if (other === undefined) {
      this.#lines.add(line);
    } else if (line.from <= other.to && line.to >= other.from) {
      other.bytes.set(line.bytes.subarray(line.from, line.to), line.from);
      other.from = Math.min(other.from, line.from);
      other.to = Math.max(other.to, line.to);
      this.#lines.touch(other);
      this.#unused.push(line);
    } else {
      this.#lines.remove(other);
      this.#unused.push(other);
      this.#lines.add(line);
    }
  }

  /**
   * Begins to read, of each line only what lies between the parts in it; waits for a line of which another
   * part is being read. Ends where another line begins, so that what is read next does not wait for this.
   */
  prefetch(extents: Float64Array): number {
    const count = extents.length / 2;
    if (this.#mostBegun < 2) return count;
    const wishes = new Map<number, Wish>();
    let taken = 0;
    let lines = 0;
    for (; taken < count; taken++) {
      const start = Math.max(0, extents[2 * taken] as number);
      const end = Math.min(extents[2 * taken + 1] as number, this.size);
      if (start >= end) continue;
      const first = Math.floor(start / this.#lineBytes);
      const last = Math.floor((end - 1) / this.#lineBytes);
      lines += last - first + (wishes.has(first) ? 0 : 1);
      if (lines > this.#mostBegun && taken > 0) break;
      for (let number = first; number <= last && wishes.size < this.#mostBegun; number++) {
        const at = number * this.#lineBytes;
        const to = Math.min(end - at, this.#lineBytes);
        this.#addWish(wishes, number, Math.max(start - at, 0), to);
      }
    }
    if (wishes.size === 0) return taken;
    // What is told before anything was read is the one read that tells what there is.
    const isFirst = this.#lines.size === 0;
    const bytes = this.#begin([...wishes.values()]);
    if (!isFirst) this.#smallLeft -= bytes;
    return taken;
  }

  #addWish(wishes: Map<number, Wish>, number: number, start: number, end: number): void {
    const { blockSize } = this.#device;
    let from = Math.floor(start / blockSize) * blockSize;
    let to = Math.ceil(end / blockSize) * blockSize;
    if (this.#isBegun({ number, from, to })) return;
    for (let begun = this.#begunWith(number); begun; begun = this.#begunWith(number)) {
      this.#endBegun(begun);
    }
    const line = this.#lines.get(number);
    if (line !== undefined) {
      if (line.from <= from && to <= line.to) return;
      // What was told before is perhaps not read yet: the gap is, and nothing given up.
      from = Math.min(from, line.to);
      to = Math.max(to, line.from);
    }
    const wish = wishes.get(number) ?? { number, from, to };
    wishes.set(number, { number, from: Math.min(wish.from, from), to: Math.max(wish.to, to) });
  }

  #miss(number: number, start: number, want: number): Uint8Array {
    const begun = this.#begunWith(number);
    if (begun !== undefined) {
      this.#endBegun(begun);
      return this.window(number * this.#lineBytes + start, want);
    }
    const wishes =
      this.#smallLeft > 0
        ? [this.#smallWish(number, start, want)]
        : this.#wishes(number, start + want);
    const { bytes, to } = this.#fetch(wishes);
    return bytes.subarray(start, to);
  }

  /** Reads what the lines lack, in one batch; gives the first line. */
  #fetch(wishes: readonly Wish[]): Line {
    const lines = wishes.map((wish) => this.#take(wish.number));
    const reads = wishes.flatMap((wish, i) => this.#readsFor(lines[i] as Line, wish));
    for (const { into } of reads) this.#smallLeft -= into.length;
    try {
      this.#device.read(reads);
    } catch (error) {
      this.#unused.push(...lines);
      throw error;
    }
    // The line that was asked for is the last one to be thrown out again.
    for (let i = wishes.length - 1; i >= 0; i--) {
      this.#keep(lines[i] as Line, wishes[i] as Wish);
    }
    return lines[0] as Line;
  }

  /** Puts a line to its place, with what a read of `wish` brought. */
  #keep(line: Line, wish: Wish): void {
    const joins = isNear(line, wish);
    line.from = joins ? Math.min(line.from, wish.from) : wish.from;
    line.to = joins ? Math.max(line.to, wish.to) : wish.to;
    this.#add(line);
  }

  #smallWish(number: number, start: number, want: number): Wish {
    const unit = Math.max(SMALL_READ_BYTES, this.#device.blockSize);
    const to = Math.ceil((start + Math.max(1, want)) / unit) * unit;
    const from = Math.floor(start / unit) * unit;
    return { number, from, to: Math.min(to, this.#lengthOf(number)) };
  }

  /** The whole line `number`, and the following ones up to `end` or read ahead. */
  #wishes(number: number, end: number): Wish[] {
    const follows = number === this.#expected;
    this.#ahead = follows ? Math.min(this.#ahead * 2, this.#maxAhead) : this.#linesAtOnce();
    const wanted = Math.min(Math.ceil(end / this.#lineBytes), this.#maxAhead);
    const behind = Math.min(
      number + Math.max(this.#ahead, wanted),
      Math.ceil(this.size / this.#lineBytes),
    );
    const wishes: Wish[] = [];
    for (let at = number; at < behind; at++) {
      if (at > number && (this.#lines.get(at) ?? this.#begunWith(at)) !== undefined) break;
      wishes.push({ number: at, from: 0, to: this.#lengthOf(at) });
    }
    this.#expected = number + wishes.length;
    return wishes;
  }

  /** Lines that a miss reads where reads do not follow one another: none is thrown out for those not asked for. */
  #linesAtOnce(): number {
    const { linesAtOnce = 1, size } = this.#device;
    const room = this.#memory.length - this.#nextLine;
    const fills = this.#nextLine >= FEW_BYTES && size <= MOST_CACHES * this.#memory.length;
    return fills && room >= linesAtOnce * this.#lineBytes ? linesAtOnce : 1;
  }

  /** Takes a line, with what it holds, or else the place of the one that was not used for longest. */
  #take(number: number): Line {
    const known = this.#lines.get(number);
    if (known !== undefined) {
      this.#lines.remove(known);
      return known;
    }
    let line = this.#unused.pop() ?? this.#makeLine();
    while (line === undefined && this.#lines.size === 0) {
      this.#endOldest();
      line = this.#unused.pop();
    }
    if (line === undefined) {
      line = this.#lines.oldest as Line;
      this.#lines.remove(line);
    }
    line.number = number;
    line.from = Number.POSITIVE_INFINITY;
    line.to = 0;
    return line;
  }

  /** A line in memory that was not used yet; undefined where all is in use. */
  #makeLine(): Line | undefined {
    const start = this.#nextLine;
    const end = start + this.#lineBytes;
    if (end > this.#memory.length) return undefined;
    this.#nextLine = end;
    return new Line(this.#memory.subarray(start, end));
  }

  /** What a line lacks of a wish. What is at hand has no gaps: small ones are read too. */
  #readsFor(line: Line, wish: Wish): LineRead[] {
    const start = wish.number * this.#lineBytes;
    const read = (a: number, b: number): LineRead[] =>
      a < b ? [{ offset: start + a, into: line.bytes.subarray(a, b) }] : [];
    if (!isNear(line, wish)) return read(wish.from, wish.to);
    return [...read(wish.from, line.from), ...read(line.to, wish.to)];
  }

  #lengthOf(number: number): number {
    return Math.min(this.#lineBytes, this.size - number * this.#lineBytes);
  }
}

/** Whether what lies between the two is worth reading; otherwise what is at hand is given up. */
function isNear(line: Line, wish: Wish): boolean {
  return wish.from <= line.to + NEAR_BYTES && wish.to >= line.from - NEAR_BYTES;
}
