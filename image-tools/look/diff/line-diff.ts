import { structuredPatch } from 'diff';

/** A run of lines that differ, with some around them. */
export interface Hunk {
  /** Counts from 1, even if there are none. */
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each with ` `, `-` or `+` before it, and a line `\ No newline at end of file` where that is so. */
  readonly lines: readonly string[];
}

/** Git looks for a NUL in this many bytes. */
const FIRST_BYTES = 8000;
/** Larger texts are not compared line by line. */
const MAX_SIZE = 2 ** 24;
/** Lines that may differ before two texts are taken as wholly different: what it costs grows by its square. */
const MAX_CHANGES = 4000;
const NO_NEWLINE = '\\ No newline at end of file';

/** Whether bytes are a text whose lines can be compared. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.length <= MAX_SIZE && !bytes.subarray(0, FIRST_BYTES).includes(0);
}

/** What differs between two texts. A character of the lines is a byte of the texts. */
export function diffLines(old: Uint8Array, other: Uint8Array): readonly Hunk[] {
  const [a, b] = [latin1(old), latin1(other)];
  const patch = structuredPatch('', '', a, b, undefined, undefined, {
    context: 3,
    maxEditLength: MAX_CHANGES,
  });
  return patch?.hunks ?? [replaceAll(a, b)];
}

function replaceAll(a: string, b: string): Hunk {
  const removed = linesOf(a);
  const added = linesOf(b);
  return {
    oldStart: 1,
    oldLines: removed.length,
    newStart: 1,
    newLines: added.length,
    lines: [
      ...removed.map((line) => `-${line}`),
      ...(a === '' || a.endsWith('\n') ? [] : [NO_NEWLINE]),
      ...added.map((line) => `+${line}`),
      ...(b === '' || b.endsWith('\n') ? [] : [NO_NEWLINE]),
    ],
  };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
