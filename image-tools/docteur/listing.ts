import { toOneLine } from '#format';
import type { Kind, NodeTree, TreeNode } from '#reader';
import { PERMISSIONS } from '../look/modes.ts';
import type { Output } from './output.ts';
import { widthOf } from './width-of.ts';

/** What a line of a listing is about; the bytes are borrowed for the call. */
export interface Item {
  /** From the root. */
  readonly path: Uint8Array;
  /** What is shown. */
  readonly name: Uint8Array;
  readonly node: TreeNode;
  readonly kind: Kind;
}

const LETTERS: Readonly<Record<Kind, string>> = {
  file: '-',
  executable: '-',
  directory: 'd',
  link: 'l',
  submodule: 'm',
};
/** Columns of a size: nothing is held back to find the longest. */
const SIZE_WIDTH = 10;

/** Lines of a listing for people, as ls prints them. */
export class Listing {
  readonly #nodes: NodeTree;
  readonly #output: Output;
  readonly #long: boolean;
  readonly #columns: boolean;
  readonly #end: string;
  readonly #time: string;
  /** Names that wait to be put into columns. */
  #waiting: string[] = [];

  constructor(
    nodes: NodeTree,
    output: Output,
    how: { readonly long: boolean; readonly columns: boolean; readonly end: string },
  ) {
    this.#nodes = nodes;
    this.#output = output;
    this.#long = how.long;
    this.#columns = how.columns;
    this.#end = how.end;
    this.#time = how.long ? localTime(nodes.lastModified) : '';
  }

  put({ name, node, kind }: Item): void {
    if (this.#columns) {
      this.#waiting.push(toOneLine(Buffer.from(name).toString()));
      return;
    }
    if (this.#long) {
      const size = `${this.#nodes.size(node)}`.padStart(SIZE_WIDTH);
      this.#output.write(
        `${LETTERS[kind]}${permissions(PERMISSIONS[kind])} ${size} ${this.#time} `,
      );
    }
    this.#output.writeName(name);
    if (this.#long && kind === 'link') {
      this.#output.write(' -> ');
      this.#output.writeName(this.#nodes.target(node));
    }
    this.#output.write(this.#end);
  }

  /** Ends a folder: what waits for its columns is written. */
  finish(): void {
    const names = this.#waiting;
    if (names.length === 0) return;
    this.#waiting = [];
    const width = 2 + names.reduce((most, name) => Math.max(most, widthOf(name)), 0);
    const columns = Math.max(1, Math.floor((process.stdout.columns || 80) / width));
    const rows = Math.ceil(names.length / columns);
    for (let row = 0; row < rows; row++) {
      const line: string[] = [];
      for (let i = row; i < names.length; i += rows) {
        const name = names[i] as string;
        const isLast = i + rows >= names.length;
        line.push(isLast ? name : name + ' '.repeat(width - widthOf(name)));
      }
      this.#output.write(`${line.join('')}\n`);
    }
  }
}

function permissions(mode: number): string {
  return Array.from({ length: 9 }, (_, i) => ((mode >> (8 - i)) & 1 ? 'rwx'[i % 3] : '-')).join('');
}

/** `2020-10-10 08:00`, on the clock of whoever asks, as `ls --time-style=long-iso` has it. */
function localTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '?'.padEnd(16);
  const two = (number: number) => `${number}`.padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
