import { InvalidArgumentError } from 'commander';
import { toPlainJson } from '#format';
import { hidePassword } from '../../../tender/base/passwords.ts';
import { type CommitDate, parseRfc3339 } from '../../base/rfc3339.ts';
import { DISK_FORMATS, type DiskFormat } from '../../disk/disk-format.ts';
import { DEFAULT_BLOCK_SIZE, makeImage } from '../../make/make.ts';
import type { MakeResult } from '../../make/make-options.ts';
import { type Author, parseAuthor } from '../../source/folder-commit.ts';
import { DEFAULT_MAX_PACK, DEFAULT_MAX_TIME, DEFAULT_TIMEOUT } from '../../source/repository.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { nameInput } from '../name-input.ts';
import { collect, parseByteCount, parseCount } from '../parse-values.ts';
import { ProgressLine } from '../progress-line.ts';
import { formatBytes, formatCount } from '../units.ts';

interface Options {
  readonly branch?: string;
  readonly subtree?: string;
  readonly lfs?: true;
  readonly submodules?: true;
  readonly date?: CommitDate;
  readonly author?: Author;
  readonly message?: string;
  readonly bs: number;
  readonly format: DiskFormat;
  readonly compat?: true;
  readonly strict?: true;
  readonly timeout: number;
  readonly maxTime: number;
  readonly maxPack: number;
  readonly maxSize?: number;
  readonly exclude?: string[];
  readonly keepPack?: true;
  readonly fast?: true;
  readonly best?: true;
  readonly window?: number;
  readonly depth?: number;
  readonly readCost?: number;
  readonly trustFrom?: true;
  readonly web?: true;
  readonly from?: string;
  readonly jobs?: number;
  readonly index: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

const DETAILS = `
SOURCE is a folder, a Git repository, a tar or a zip:
  a path, or file:///absolute/path    a repository (bare or with a worktree), else a folder
  relativize://relative/path          a folder, even if it is a repository's worktree
  https:// http:// ssh:// git://      a repository; https://user:password@host/path logs in
  user@host:path                      a repository, over ssh
  docs.bundle                         a Git bundle, known by its content
  site.tar site.tar.gz site.zip       an archive, known by its content; - reads a tar from stdin

From a repository, one commit is packed under its own id, without uncommitted changes. git fetches it
with your configuration and keys, and never prompts.

Everything in a folder is stored: executable bits, symbolic links (as links), empty folders, names
of any bytes. FIFOs, sockets, devices, submodules and the .git of nested repositories are skipped;
stderr has a line for each.

--exclude takes globs for paths below the folder: * and ? do not match a /, ** does; [abc], [a-z] and
[!a] match one character; \\ escapes the next one. A glob without a / matches names at any depth, /NAME
only at the top, NAME/ only folders.`;

/** `docteur make`, and `docteur.make`. */
export const make: CommandDeclaration<Options> = {
  operands: [
    { name: '<source>', text: 'folder, repository or archive' },
    { name: '<image>', text: 'the image to write; replaced only when the new one is complete' },
  ],
  options: [
    option(
      '-b, --branch <rev>',
      'branch, tag or commit of a repository, or REV:FOLDER for a part (default: its HEAD)',
    ),
    option('--lfs', 'pack the files behind Git LFS pointers, fetched by git-lfs'),
    option('--submodules', 'pack submodules too, each as a folder at its recorded commit'),
    option('--subtree <folder>', 'pack this folder of the commit, as an image of its own'),
    option(
      '-d, --date <rfc3339>',
      "date of a folder's commit (default: SOURCE_DATE_EPOCH, or now)",
      parseDate,
    ),
    option('--author <person>', "author of a folder's commit, as 'Name <address>'", parsePerson),
    option('--message <text>', "message of a folder's commit (default: none)"),
    option(
      '--bs <bytes>',
      'pad the image to this block size: a power of two from 512 to 1048576',
      parseSize,
      DEFAULT_BLOCK_SIZE,
    ),
    option(
      '--format <format>',
      'format of the disk, written by qemu-img; the tender reads only raw',
    )
      .choices(DISK_FORMATS)
      .default('raw'),
    option('--exclude <glob>', 'leave out paths of a folder that match; may be repeated', collect),
    option('--compat', 'write images as the original does: every file 100644, links followed'),
    option(
      '--keep-pack',
      "keep a repository's PACK as git sends it: faster, but larger, and different bytes each time",
    ),
    option('--repack', 'the default now').hideHelp().conflicts('keepPack'),
    option('--fast', 'pack faster; the image is larger').conflicts('best'),
    option('--best', 'search wider and compress harder: smallest image, much slower'),
    option('--window <n>', 'objects tried as the base of each delta', parseCount(1, 1000)),
    option(
      '--depth <n>',
      'longest delta chain of files (default: 50, which is also the limit for trees; the original reads at most 59)',
      parseCount(0, 4095),
    ),
    option(
      '--read-cost <n>',
      'bytes to spend for each microsecond that reading an object gets faster: 0 for the smallest image, 30 for a fast one (default: 3, with --best 1)',
      parseCount(0, 100_000),
    ),
    option(
      '--web',
      'store every file whole: fastest to read, and a web server can send it as it is stored',
    ).conflicts('keepPack'),
    option(
      '--from <image>',
      'an older image: what it has of the content is copied, and only the rest is compressed',
    ).conflicts('keepPack'),
    option(
      '--trust-from',
      'with --from, when nobody else could write to the older image: check it for damage, but not for forgery',
    ),
    option(
      '--jobs <n>',
      'number of threads (default: one per core); the bytes stay the same',
      parseCount(1, 256),
    ),
    option(
      '--timeout <seconds>',
      'give up on a Git server that is silent for this long; 0 disables the limit',
      parseCount(0, 86_400),
      DEFAULT_TIMEOUT,
    ),
    option(
      '--max-time <seconds>',
      'give up on a Git server that takes longer; 0 disables the limit',
      parseCount(0, 1_000_000),
      DEFAULT_MAX_TIME,
    ),
    option(
      '--max-pack <size>',
      'largest PACK to accept from a Git server, packed or unpacked, such as 500M or 20G',
      parseByteCount,
      DEFAULT_MAX_PACK,
    ),
    option(
      '--max-size <size>',
      'largest size that an archive may unpack to (default: 4G, or 200 times its size)',
      parseByteCount,
    ),
    option('--no-index', 'leave out the path index, as the original does; slower to read'),
    option('--strict', 'refuse what cannot be stored, instead of skipping it'),
    option('--json', 'print the result as JSON on stdout'),
    option('-q, --quiet', 'no progress, warnings or summary'),
  ],
  details: DETAILS,
  examples: [
    ['docs disk.img'],
    ['-d 2020-10-10T08:00:00+00:00 docs disk.img', 'the same bytes every time'],
    ['-b v1.2:docs project docs.img', 'a folder of a commit'],
    ['-b v1.2 https://example.org/project.git disk.img'],
    ["--bs 4096 --exclude '*.o' --exclude build/ . disk.img"],
  ],
  async run({ name, operands, options, say }) {
    const [source, image] = operands as [string, string];
    // The system shows the arguments of running programs to everyone: no password may stay there.
    process.title = [name, ...process.argv.slice(2).map(hidePassword)].join(' ');
    const line = new ProgressLine(options.quiet === true);
    const tell = (text: string) => {
      line.end();
      if (!options.quiet) say(text);
    };
    try {
      const result = await makeImage({
        source,
        image,
        ref: options.branch,
        subtree: options.subtree,
        lfs: options.lfs,
        submodules: options.submodules,
        date: options.date,
        author: options.author,
        message: options.message,
        blockSize: options.bs,
        format: options.format,
        compat: options.compat,
        strict: options.strict,
        keepPack: options.keepPack,
        level: options.fast ? 'fast' : options.best ? 'best' : undefined,
        window: options.window,
        depth: options.depth,
        readCost: options.readCost,
        web: options.web,
        from: options.from,
        trustFrom: options.trustFrom,
        jobs: options.jobs,
        noIndex: !options.index,
        timeout: options.timeout,
        maxTime: options.maxTime,
        maxPack: options.maxPack,
        maxSize: options.maxSize,
        exclude: options.exclude,
        onWarning: tell,
        onProgress: (step) => line.update(step),
      });
      tell(describeResult(image, result));
      if (options.json) process.stdout.write(`${toPlainJson(result)}\n`);
    } catch (error) {
      throw nameInput(hidePassword(source), error, options.from);
    } finally {
      line.end();
    }
  },
};

function describeResult(image: string, result: MakeResult): string {
  const { files, objects, deltas, bytesIn, bytesOut, seconds, source, uncommitted } = result;
  // Of a few small files, the image is larger: what it saves is not to be seen there.
  const ratio = bytesOut > bytesIn ? '' : ` (${((100 * bytesOut) / bytesIn).toFixed(1)} %)`;
  const without = uncommitted ? ' without uncommitted changes' : '';
  const of = source === undefined ? '' : `commit ${source}${without}, `;
  return (
    `${image}: ${of}${formatCount(files, 'file')}, ${formatCount(objects, 'object')}` +
    `${deltas === undefined ? '' : `, ${deltas} of them deltas`}, ` +
    `${formatBytes(bytesIn)} in, ` +
    `${formatBytes(bytesOut)} out${ratio}, ${seconds.toFixed(1)} s`
  );
}

function parseDate(text: string): CommitDate {
  const date = parseRfc3339(text);
  if (date !== undefined) return date;
  throw new InvalidArgumentError(
    'Not an RFC 3339 date since 1970, such as 2020-10-10T08:00:00+00:00.',
  );
}

function parsePerson(text: string): Author {
  const author = parseAuthor(text);
  if (author !== undefined) return author;
  throw new InvalidArgumentError("Not an author, such as 'Name <name@example.org>'.");
}

function parseSize(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Not a number of bytes.');
}
