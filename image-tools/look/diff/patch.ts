import { oidToHex } from '#format';
import { MODES } from '../modes.ts';
import type { Change, Version } from './compare.ts';
import { sameContent } from './compare.ts';
import { diffLines, isText } from './line-diff.ts';
import { quotePath } from './quote-path.ts';

const NONE = '0'.repeat(40);
const EMPTY = new Uint8Array(0);

/**
 * A change as git writes it, for `git apply` and patch(1); a character of the text is a byte. Empty for a
 * folder, of which git knows nothing.
 */
export function patchOf(change: Change): string {
  const { path, status, old, new: other } = change;
  // Of another type: one goes, the other comes.
  if (status === 'T') {
    return (
      patchOf({ path, status: 'D', old, new: undefined }) +
      patchOf({ path, status: 'A', old: undefined, new: other })
    );
  }
  if ((old ?? other)?.kind === 'directory') return '';
  const [a, b] = [name('a/', path), name('b/', path)];
  const head = `diff --git ${a} ${b}\n${modeLines(old, other)}`;
  if (old !== undefined && other !== undefined && sameContent(old, other)) return head;
  const mode = old?.kind === other?.kind && old !== undefined ? ` ${octal(old)}` : '';
  const index = `index ${idOf(old)}..${idOf(other)}${mode}\n`;
  const [before, after] = [bytesOf(old), bytesOf(other)];
  const [from, to] = [old === undefined ? '/dev/null' : a, other === undefined ? '/dev/null' : b];
  if (!isText(before) || !isText(after)) {
    return `${head}${index}Binary files ${from} and ${to} differ\n`;
  }
  const hunks = diffLines(before, after);
  if (hunks.length === 0) return `${head}${index}`;
  const texts = hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => {
    const range = `@@ -${span(oldStart, oldLines)} +${span(newStart, newLines)} @@`;
    return `${range}\n${lines.map((line) => `${line}\n`).join('')}`;
  });
  // A name with a blank ends with a tab, so that patch(1) knows where.
  const mark = (word: string) => (word.includes(' ') && !word.startsWith('"') ? `${word}\t` : word);
  return `${head}${index}--- ${mark(from)}\n+++ ${mark(to)}\n${texts.join('')}`;
}

function name(prefix: string, path: Uint8Array): string {
  return quotePath(Buffer.concat([Buffer.from(prefix), path]));
}

function modeLines(old: Version | undefined, other: Version | undefined): string {
  if (old === undefined) return `new file mode ${octal(other as Version)}\n`;
  if (other === undefined) return `deleted file mode ${octal(old)}\n`;
  return old.kind === other.kind ? '' : `old mode ${octal(old)}\nnew mode ${octal(other)}\n`;
}

function octal({ kind }: Version): string {
  return MODES[kind].toString(8).padStart(6, '0');
}

function idOf(version: Version | undefined): string {
  return version === undefined ? NONE : oidToHex(version.side.id(version.node));
}

/** What git compares: a submodule's bytes are a line with its commit. */
export function bytesOf(version: Version | undefined): Uint8Array {
  if (version === undefined) return EMPTY;
  if (version.kind === 'submodule') return Buffer.from(`Subproject commit ${idOf(version)}\n`);
  return version.side.read(version.node);
}

function span(start: number, lines: number): string {
  return lines === 1 ? `${start}` : `${lines === 0 ? Math.max(0, start - 1) : start},${lines}`;
}
