import { toPlainText } from '#format';
import type { NodeTree } from '#reader';
import type { ByteSink } from '../../files/byte-sink.ts';
import { compileGlobs } from '../../source/glob.ts';
import { linkTarget } from '../link-target.ts';
import { PERMISSIONS } from '../modes.ts';
import { PathBudget } from '../path-budget.ts';
import { type Chosen, walkSelection } from '../walk-selection.ts';
import { BLOCK_SIZE, encodeHeader, type TarHeader } from './header.ts';
import { paxRecord, paxRecords } from './pax.ts';

export interface TarOptions {
  /** What to include; everything if there are none. */
  readonly paths: readonly string[];
  /** Globs of what is left out, as those of `docteur make`. */
  readonly exclude?: readonly string[] | undefined;
  /** A comment for the whole, as git archive writes the commit's id. */
  readonly comment?: string | undefined;
}

/** What is read at once of a file. */
const PIECE = 0x100000;
const EMPTY = new Uint8Array(0);
const ZEROS = new Uint8Array(2 * BLOCK_SIZE);
const SLASH = Buffer.from('/');

/**
 * Writes files, links and folders as a tar in pax's format, the same bytes each time: names in the order of
 * an image, the commit's time, no owners. A submodule is an empty folder, as with git archive.
 * @throws FsError for a path that the image does not have, before anything is written; ToolError REFUSED for links
 * that cannot be; FormatError
 */
export function writeTar(
  nodes: NodeTree,
  { paths, exclude = [], comment }: TarOptions,
  sink: ByteSink,
): void {
  const chosen = walkSelection(nodes, paths, {
    exclude: exclude.length === 0 ? undefined : compileGlobs(exclude),
    budget: new PathBudget(),
  });
  if (comment !== undefined) {
    const records = paxRecord('comment', Buffer.from(toPlainText(comment)));
    writeRecords(sink, 'global', Buffer.from('pax_global_header'), nodes.lastModified, records);
  }
  for (const entry of chosen) writeEntry(nodes, entry, sink);
  sink.write(ZEROS);
}

function writeEntry(nodes: NodeTree, { path, kind, node }: Chosen, sink: ByteSink): void {
  const isFolder = kind === 'directory' || kind === 'submodule';
  const isLink = kind === 'link';
  const header: TarHeader = {
    path: isFolder ? Buffer.concat([path, SLASH]) : path,
    type: isFolder ? 'folder' : isLink ? 'link' : 'file',
    mode: PERMISSIONS[kind],
    size: isFolder || isLink ? 0 : nodes.size(node),
    time: nodes.lastModified,
    target: isLink ? linkTarget(nodes, node, path) : EMPTY,
  };
  const records = paxRecords(header);
  if (records.length > 0) writeRecords(sink, 'extended', path, header.time, records);
  sink.write(encodeHeader(header));
  for (let at = 0; at < header.size; at += PIECE) {
    sink.write(nodes.view(node, at, Math.min(PIECE, header.size - at)));
  }
  sink.write(paddingAfter(header.size));
}

function writeRecords(
  sink: ByteSink,
  type: 'extended' | 'global',
  path: Uint8Array,
  time: number,
  records: Uint8Array,
): void {
  const size = records.length;
  sink.write(encodeHeader({ path, type, mode: 0o644, size, time, target: EMPTY }));
  sink.write(records);
  sink.write(paddingAfter(size));
}

function paddingAfter(size: number): Uint8Array {
  return ZEROS.subarray(0, (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE);
}
