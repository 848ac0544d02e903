import { Command } from 'commander';
import { FormatError, toOneLine, toPlainJson } from '#format';
import { type IndexResult, indexImage } from '../path-index/index-image.ts';
import { runCommand } from './command.ts';
import { formatBytes, formatCount } from './units.ts';

interface Options {
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
With a path index, a guest boots at once and finds any file in two small reads, however many files
there are. docteur.make writes one by default. This command adds one to an image without it (one of
the original docteur, for example), or renews it. All bytes before the index stay the same.

Examples:
  docteur.index disk.img
  docteur.verify disk.img      compares the index with the folders, path by path`;

const command = new Command('docteur.index')
  .description('Adds a path index to a disk image, or renews it.')
  .argument('<image>', 'the image; replaced only when the new one is complete')
  .option('--json', 'print the result as JSON on stdout')
  .option('-q, --quiet', 'no summary')
  .addHelpText('after', EXAMPLES)
  .action(async (image: string, options: Options) => {
    try {
      const result = await indexImage(image);
      if (!options.quiet)
        process.stderr.write(`docteur.index: ${toOneLine(describe(image, result))}\n`);
      if (options.json) process.stdout.write(`${toPlainJson(result)}\n`);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(error.code, `${image}: ${error.message}`, { cause: error });
    }
  });

function describe(image: string, { paths, indexSize, renewed, seconds }: IndexResult): string {
  const verb = renewed ? 'renewed' : 'added';
  return `${image}: index of ${formatCount(paths, 'path')} ${verb}, ${formatBytes(indexSize)}, ${seconds.toFixed(1)} s`;
}

await runCommand(command);
