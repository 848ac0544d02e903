import { statSync } from 'node:fs';
import { type Oid, oidToHex, toPlainJson, toPlainText } from '#format';
import { ToolError } from '../../base/errors.ts';
import { type Change, compareSides, type Version } from '../../look/diff/compare.ts';
import { folderSide } from '../../look/diff/folder-side.ts';
import { imageSide } from '../../look/diff/image-side.ts';
import { patchOf } from '../../look/diff/patch.ts';
import type { Side } from '../../look/diff/side.ts';
import { DiffStat } from '../../look/diff/stat.ts';
import { MODES } from '../../look/modes.ts';
import { openImage } from '../../open/open-image.ts';
import { compileGlobs } from '../../source/glob.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import {
  type ImageOptions,
  mountOf,
  parseCommit,
  placeOf,
  REMOTE_OPTIONS,
} from '../image-options.ts';
import { jsonPath } from '../json-entry.ts';
import { Output } from '../output.ts';
import { collect } from '../parse-values.ts';

interface Options extends Omit<ImageOptions, 'commit'> {
  readonly commit?: readonly Oid[];
  readonly patch?: true;
  readonly stat?: true;
  readonly nameOnly?: true;
  readonly json?: true;
  readonly exclude?: string[];
  readonly quiet?: true;
}

/** `docteur diff`. */
export const diff: CommandDeclaration<Options> = {
  operands: [
    { name: '<a>', text: 'an image (a file, or an address), or a folder' },
    { name: '<b>', text: 'another' },
  ],
  options: [
    option('-p, --patch', 'what changed in texts, as git writes it').conflicts([
      'stat',
      'nameOnly',
      'json',
    ]),
    option('--stat', 'how many lines changed').conflicts(['nameOnly', 'json']),
    option('--name-only', 'paths alone').conflicts('json'),
    option('--json', 'a JSON object a line: path, status, old and new'),
    option('--exclude <glob>', 'leave out paths that match; may be repeated', collect),
    option('-q, --quiet', 'print nothing; the exit code says it'),
    option(
      '--commit <id>',
      'refuse any other image, and check what is read; twice for two images',
      collectCommits,
    ),
    ...REMOTE_OPTIONS,
  ],
  details: `
Each line has a letter and a path: A only in B, D only in A, M other content or executable bit, T of
another type. Trees and files are compared by their ids, so that what is equal in two images is never read.
A folder is compared as docteur make would read it: links are not followed, and .git, FIFOs, sockets
and devices are left out with a line on stderr.

git apply and patch -p1 take what -p prints. A file above 16 MiB, or with a NUL byte, is binary to it.
The globs are those of docteur make.`,
  examples: [
    ['old.img new.img'],
    ['-p old.img new.img > changes.patch'],
    ['--stat disk.img docs', 'an image and the folder that it was made of'],
    ['-q disk.img docs && echo up to date'],
  ],
  exitCodes: { 0: 'no differences', 1: 'differences' },
  failure: 70,
  async run({ operands, options, say }) {
    const [a, b] = operands as [string, string];
    const exclude = compileGlobs(options.exclude ?? []);
    const { commit: given = [], ...remote } = options;
    const commits = commitsOf([a, b], given);
    const open = (path: string, commit: Oid | undefined) =>
      openSide(path, { ...remote, ...(commit && { commit }) }, say);
    const old = open(a, commits[0]);
    try {
      const other = open(b, commits[1]);
      try {
        return report(compareSides(old, other, exclude), options);
      } finally {
        other.close();
      }
    } finally {
      old.close();
    }
  },
};

function collectCommits(text: string, before: readonly Oid[] = []): Oid[] {
  return [...before, parseCommit(text)];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The commits that images must hold, in the order of the images. @throws ToolError USAGE */
function commitsOf(paths: readonly string[], commits: readonly Oid[]): (Oid | undefined)[] {
  const left = [...commits];
  const each = paths.map((path) => (isFolder(path) ? undefined : left.shift()));
  if (left.length > 0) throw new ToolError('USAGE', '--commit is given more often than images are');
  return each;
}

function openSide(path: string, options: ImageOptions, say: (line: string) => void): Side {
  if (isFolder(path)) return folderSide(path.replace(/(.)\/+$/s, '$1'), say);
  const image = openImage(placeOf(path, options), mountOf(options));
  return { ...imageSide(image.fs.nodes), close: () => image.close() } as Side;
}

function report(changes: Iterable<Change>, options: Options): number {
  const output = new Output();
  const stat = new DiffStat();
  let status = 0;
  for (const change of changes) {
    status = 1;
    if (options.quiet) break;
    if (options.stat) stat.add(change);
    else if (options.patch) writePatch(patchOf(change), output);
    else if (options.json) output.write(jsonChange(change));
    else {
      if (!options.nameOnly) output.write(`${change.status}\t`);
      output.writeName(change.path);
      output.write('\n');
    }
  }
  output.write(stat.format());
  output.flush();
  return status;
}

/** Each character is a byte; a terminal gets texts that do not command it. */
function writePatch(patch: string, output: Output): void {
  const bytes = Buffer.from(patch, 'latin1');
  output.write(output.isTerminal ? toPlainText(bytes.toString()) : bytes);
}

function jsonChange({ path, status, old, new: other }: Change): string {
  return `${toPlainJson({ ...jsonPath(path), status, old: jsonVersion(old), new: jsonVersion(other) })}\n`;
}

function jsonVersion(version: Version | undefined): object | null {
  if (version === undefined) return null;
  const { side, node, kind } = version;
  const id = kind === 'directory' ? side.treeId(node) : side.id(node);
  return {
    kind,
    mode: MODES[kind].toString(8).padStart(6, '0'),
    ...(id !== undefined && { id: oidToHex(id) }),
    size: kind === 'directory' ? 0 : side.size(node),
  };
}
