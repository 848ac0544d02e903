import { toPlainJson } from '#format';
import {
  cacheBytesFor,
  DEFAULT_JOBS,
  type ExtractResult,
  extractImage,
} from '../../look/extract/extract.ts';
import { filePathOf } from '../../open/open-image.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions, placeOf } from '../image-options.ts';
import { withImage } from '../open-image.ts';
import { collect, parseByteCount, parseCount } from '../parse-values.ts';
import { ProgressLine } from '../progress-line.ts';
import { formatBytes, formatCount } from '../units.ts';

interface Options extends ImageOptions {
  readonly directory: string;
  readonly exclude?: string[];
  readonly force?: true;
  readonly check?: true;
  readonly maxSize?: number;
  readonly jobs?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** `docteur extract`. */
export const extract: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND, { name: '[path...]', text: 'files and folders in it (default: all)' }],
  options: [
    option('-C, --directory <dir>', 'where to; made if it is missing').default('.', 'this folder'),
    option('--exclude <glob>', 'leave out paths that match; may be repeated', collect),
    option('-f, --force', 'replace files and links that are there; folders are never replaced'),
    option('--check', 'compare every file with its id'),
    option(
      '--max-size <size>',
      'stop before files of more bytes than this are written, such as 500M or 20G',
      parseByteCount,
    ),
    option(
      '--jobs <n>',
      'number of threads (default: one per core for large images)',
      parseCount(1, 64),
    ),
    option('--json', 'print what was done as JSON on stdout'),
    option('-q, --quiet', 'no progress, warnings or summary'),
    ...IMAGE_OPTIONS,
  ],
  details: `
Files, executable bits, symbolic links and empty folders come out as they went in, under their whole paths,
with the commit's time; a submodule is an empty folder. What is there already is kept, and counted.

All of it appears once it is complete, or nothing does: until then it stands in a folder .docteur-*.tmp of DIR,
which is removed whatever happens. Nothing is written outside DIR or through a
link, whatever the image says and whoever else changes DIR meanwhile. Names that git would take for
its own folder (.git) are not extracted; stderr has a line for each.

The globs are those of docteur make.`,
  examples: [
    ['-C docs disk.img', 'everything, into docs'],
    ['disk.img README.md manual', 'a file and a folder, into this folder'],
    [`--exclude '*.pdf' -C docs disk.img`],
  ],
  async run({ operands, options, say }) {
    const [image, ...paths] = operands as [string, ...string[]];
    const line = new ProgressLine(options.quiet === true);
    const tell = (text: string) => {
      line.end();
      if (!options.quiet) say(text);
    };
    const path = filePathOf(placeOf(image, options));
    const jobs = path === undefined ? 1 : (options.jobs ?? DEFAULT_JOBS);
    const mount = { check: options.check === true, cacheBytes: cacheBytesFor(jobs) };
    try {
      await withImage(
        image,
        options,
        async (nodes) => {
          const result = await extractImage({
            image: path,
            nodes,
            check: options.check,
            commit: options.commit,
            to: options.directory,
            paths,
            exclude: options.exclude,
            force: options.force,
            maxSize: options.maxSize,
            jobs: options.jobs,
            onWarning: tell,
            onProgress: (done, bytes) =>
              line.update({ phase: 'extracting', unit: 'files', done, total: undefined, bytes }),
          });
          tell(describe(options.directory, result));
          if (options.json) process.stdout.write(`${toPlainJson(result)}\n`);
        },
        mount,
      );
    } finally {
      line.end();
    }
  },
};

function describe(to: string, result: ExtractResult): string {
  const { files, folders, links, bytes, kept } = result;
  const counts = [
    formatCount(files, 'file'),
    formatCount(folders, 'folder'),
    ...(links > 0 ? [formatCount(links, 'link')] : []),
    formatBytes(bytes),
    ...(kept > 0 ? [`${kept} already there and kept (--force replaces files)`] : []),
  ];
  return `${to}: ${counts.join(', ')}`;
}
