import type { Change } from './compare.ts';
import { diffLines, isText } from './line-diff.ts';
import { bytesOf } from './patch.ts';
import { quotePath } from './quote-path.ts';

/** How much of a file changed. */
interface Row {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  /** Sizes, where the lines cannot be compared. */
  readonly bytes: readonly [number, number] | undefined;
}

const COLUMNS = 80;

/** The summary that `git diff --stat` prints. */
export class DiffStat {
  readonly #rows: Row[] = [];

  add({ path, old, new: other }: Change): void {
    if ((old ?? other)?.kind === 'directory') return;
    const [before, after] = [bytesOf(old), bytesOf(other)];
    const name = quotePath(path);
    if (!isText(before) || !isText(after)) {
      this.#rows.push({ name, added: 0, removed: 0, bytes: [before.length, after.length] });
      return;
    }
    let [added, removed] = [0, 0];
    for (const { lines } of diffLines(before, after)) {
      for (const line of lines) {
        if (line.startsWith('+')) added += 1;
        else if (line.startsWith('-')) removed += 1;
      }
    }
    this.#rows.push({ name, added, removed, bytes: undefined });
  }

  /** Lines of at most 80 columns, where the names let them. */
  format(): string {
    const rows = this.#rows;
    if (rows.length === 0) return '';
    const most = (of: (row: Row) => number) => rows.reduce((max, row) => Math.max(max, of(row)), 0);
    const nameWidth = most(({ name }) => name.length);
    const largest = most(({ added, removed }) => added + removed);
    const countWidth = `${largest}`.length;
    const room = Math.max(10, COLUMNS - nameWidth - countWidth - 6);
    const scale = largest > room ? room / largest : 1;
    const bar = (count: number, sign: string) => sign.repeat(Math.ceil(count * scale));
    const lines = rows.map(({ name, added, removed, bytes }) => {
      const what =
        bytes === undefined
          ? `${`${added + removed}`.padStart(countWidth)} ${bar(added, '+')}${bar(removed, '-')}`
          : `Bin ${bytes[0]} -> ${bytes[1]} bytes`;
      return ` ${name.padEnd(nameWidth)} | ${what}`.trimEnd();
    });
    const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
    return `${[
      ...lines,
      summary(
        rows.length,
        sum(({ added }) => added),
        sum(({ removed }) => removed),
      ),
    ].join('\n')}\n`;
  }
}

function summary(files: number, added: number, removed: number): string {
  const count = (number: number, thing: string, sign = '') =>
    `${number} ${thing}${number === 1 ? '' : 's'}${sign}`;
  const parts = [`${count(files, 'file')} changed`];
  if (added > 0 || removed === 0) parts.push(count(added, 'insertion', '(+)'));
  if (removed > 0 || added === 0) parts.push(count(removed, 'deletion', '(-)'));
  return ` ${parts.join(', ')}`;
}
