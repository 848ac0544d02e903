import { availableParallelism } from 'node:os';
import type { Oid } from '#format';
import type { NodeTree } from '#reader';
import { withStaging } from '../../files/staging.ts';
import { compileGlobs } from '../../source/glob.ts';
import { linkTarget } from '../link-target.ts';
import { PathBudget } from '../path-budget.ts';
import { walkSelection } from '../walk-selection.ts';
import { FileBatch } from './file-batch.ts';
import { FileWriters } from './file-writers.ts';
import { Placement } from './placement.ts';
import { unsafeName } from './unsafe-name.ts';
import { BYTES_DONE, FILES_DONE } from './write-files.ts';

export interface ExtractOptions {
  /** The image's file, for threads that read it too; undefined where it is none, and this thread is alone. */
  readonly image: string | undefined;
  /** The nodes of that image. */
  readonly nodes: NodeTree;
  /** Whether all content is compared with its id. */
  readonly check?: boolean | undefined;
  /** The commit that the image must hold; then all content is compared. */
  readonly commit?: Oid | undefined;
  /** The folder to extract into; made if it is missing. */
  readonly to: string;
  /** What to extract; all if there are none. */
  readonly paths: readonly string[];
  /** Globs of what is left out, as those of `docteur make`. */
  readonly exclude?: readonly string[] | undefined;
  /** Replaces files and links that stand in the way; folders never. */
  readonly force?: boolean | undefined;
  /** Bytes of files that may be written; no limit if absent. */
  readonly maxSize?: number | undefined;
  /** Threads; if absent, one for each core, at most eight, where that pays. */
  readonly jobs?: number | undefined;
  /** Told in one line of what is not extracted. */
  readonly onWarning?: ((line: string) => void) | undefined;
  readonly onProgress?: ((files: number, bytes: number) => void) | undefined;
}

export interface ExtractResult {
  readonly files: number;
  readonly folders: number;
  readonly links: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Things that were there before and were left as they are. */
  readonly kept: number;
  /** Things whose name is written nowhere: those of a Git repository's own folder. */
  readonly skipped: number;
}

/** One for each core, and no more than eight. */
export const DEFAULT_JOBS: number = Math.min(8, availableParallelism());
const SLASH = 0x2f;
/** The year 9999: no file system knows what is behind it. */
const LATEST = 253_402_300_799;

/**
 * Extracts files, permissions, links, empty folders and the commit's time. Nothing is written outside
 * `to`, nor through a link, be it one of the image or of a neighbour who changes the folder meanwhile. Each
 * file appears whole or not at all, a new folder with all that is in it.
 * @throws FsError for a path that the image does not have; FormatError for a bad image; ToolError
 * CANNOT_CREATE, REFUSED (names that collide, links that cannot be), LIMIT, CHANGED, IO
 */
export async function extractImage(options: ExtractOptions): Promise<ExtractResult> {
  const { image, nodes, to, paths, commit } = options;
  const check = options.check === true || commit !== undefined;
  const globs = options.exclude ?? [];
  const exclude = globs.length === 0 ? undefined : compileGlobs(globs);
  // Before anything is made: a path that is not there is the user's slip.
  const chosen = walkSelection(nodes, paths, { exclude, budget: new PathBudget() });
  const time = Math.min(Math.max(0, nodes.lastModified), LATEST);
  const jobs = image === undefined ? 1 : (options.jobs ?? DEFAULT_JOBS);
  return withStaging(to, async (folder, staging) => {
    const input = {
      image,
      mount: { check, cacheBytes: cacheBytesFor(jobs), ...(commit !== undefined && { commit }) },
      options: {
        location: Uint8Array.from(staging.location),
        time,
        maxBytes: options.maxSize ?? Number.POSITIVE_INFINITY,
      },
    };
    const threads = { jobs, isAsked: options.jobs !== undefined };
    const placement = new Placement(folder, staging, { force: options.force === true, time });
    const writers: FileWriters = new FileWriters(nodes, input, threads, () =>
      options.onProgress?.(writers.total(FILES_DONE), writers.total(BYTES_DONE)),
    );
    const batch = new FileBatch();
    const counts = { folders: 0, links: 0, skipped: 0 };
    const unsafe: Unsafe = { below: undefined };
    try {
      for (const { path, kind, node } of chosen) {
        if (isUnsafe(path, unsafe, options.onWarning)) counts.skipped += 1;
        else if (kind === 'directory' || kind === 'submodule') {
          placement.folder(path);
          counts.folders += 1;
        } else if (kind === 'link') {
          if (placement.link(path, linkTarget(nodes, node, path))) counts.links += 1;
        } else {
          const target = placement.file(path);
          if (target === undefined) continue;
          batch.add({
            source: path,
            target,
            executable: kind === 'executable',
            place: nodes.place(node),
            id: check ? nodes.id(node) : undefined,
            // To know it for sure takes as long as to read the file.
            size: check ? undefined : nodes.size(node),
          });
          if (batch.isFull) await writers.write(batch);
        }
      }
      await writers.write(batch);
      await writers.close();
      placement.settle();
    } finally {
      await writers.close();
      placement.close();
    }
    const [files, bytes] = [writers.total(FILES_DONE), writers.total(BYTES_DONE)];
    return { files, bytes, kept: placement.kept, ...counts };
  });
}

/** Bytes of objects that all threads together keep, and that one does: bases of deltas. */
const MAX_CACHES = 2 ** 28;
const MAX_CACHE = 2 ** 26;

/** What each of some threads should keep of objects that were read, in bytes; see MountOptions. */
export function cacheBytesFor(jobs: number): number {
  return Math.min(MAX_CACHE, Math.floor(MAX_CACHES / jobs));
}

/** A folder that is not extracted, nor what is in it. */
interface Unsafe {
  below: Buffer | undefined;
}

function isUnsafe(
  path: Uint8Array,
  unsafe: Unsafe,
  onWarning: ExtractOptions['onWarning'],
): boolean {
  const { below } = unsafe;
  if (below !== undefined && Buffer.compare(below, path.subarray(0, below.length)) === 0) {
    return true;
  }
  const reason = unsafeName(path.subarray(path.lastIndexOf(SLASH) + 1));
  if (reason === undefined) return false;
  unsafe.below = Buffer.concat([path, Buffer.of(SLASH)]);
  onWarning?.(`${Buffer.from(path)}: not extracted: ${reason}`);
  return true;
}
