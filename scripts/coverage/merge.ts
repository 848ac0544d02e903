import { stripTypeScriptTypes } from 'node:module';

/** A stretch of a script, in UTF-16 code units, and how often it ran. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 tells of one script in one process. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    /** The function's own first; in it blocks, which lie in each other or apart. */
    readonly ranges: readonly Range[];
  }[];
}

interface Share {
  readonly covered: number;
  readonly total: number;
}

/** What of one file ran. */
export interface FileCoverage {
  /** Those that hold code. */
  readonly lines: Share;
  /** Functions and blocks that V8 counted apart. */
  readonly branches: Share;
  /** Lines of which no part ran: `12` or `12-15`. */
  readonly uncovered: readonly string[];
}

const BLANK_OR_COMMENT = /^\s*(\/\/|\/\*|\*|$)/;

/**
 * What all processes together ran of one file. Node strips types in place, so that V8's offsets are those
 * of the source; what is stripped is no code.
 */
export class MergedCoverage {
  readonly #text: string;
  /** 1 where a code unit was run by any process. */
  readonly #ran: Uint8Array;
  /** Starts and ends of functions and blocks. */
  readonly #branches = new Map<string, number>();

  constructor(text: string) {
    this.#text = stripTypeScriptTypes(text);
    this.#ran = new Uint8Array(text.length);
  }

  /** Adds what one process saw. */
  add({ functions }: ScriptCoverage): void {
    const ranges = functions
      .flatMap((each) => each.ranges)
      // From the outside in: an inner range says more.
      .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    const now = new Uint8Array(this.#ran.length);
    for (const { startOffset, endOffset, count } of ranges) {
      now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      this.#branches.set(`${startOffset}-${endOffset}`, startOffset);
    }
    for (let at = 0; at < now.length; at += 1) if (now[at] === 1) this.#ran[at] = 1;
  }

  report(): FileCoverage {
    const missed: number[] = [];
    let start = 0;
    let lines = 0;
    for (const [index, line] of this.#text.split('\n').entries()) {
      if (!BLANK_OR_COMMENT.test(line)) {
        lines += 1;
        if (!this.#ranIn(start, start + line.length)) missed.push(index + 1);
      }
      start += line.length + 1;
    }
    const branches = [...this.#branches.values()];
    return {
      lines: { covered: lines - missed.length, total: lines },
      branches: {
        covered: branches.filter((at) => this.#ran[at] === 1).length,
        total: branches.length,
      },
      uncovered: joinRuns(missed),
    };
  }

  #ranIn(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      if (this.#ran[at] === 1 && this.#text[at] !== ' ') return true;
    }
    return false;
  }
}

/** Numbers in order as `1-3 7`. */
function joinRuns(numbers: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
}
