import { toPlainJson } from '#format';
import { type IndexResult, indexImage } from '../../path-index/index-image.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { nameInput } from '../name-input.ts';
import { formatBytes, formatCount } from '../units.ts';

interface Options {
  readonly json?: true;
  readonly quiet?: true;
}

const DETAILS = `
With a path index, a guest boots at once and finds any file in two small reads, however many files
there are. docteur make writes one by default. This command adds one to an image without it (one of
the original docteur, for example), or renews it. All bytes before the index stay the same.
docteur verify compares the index with the folders, path by path.`;

/** `docteur index`, and `docteur.index`. */
export const index: CommandDeclaration<Options> = {
  operands: [{ name: '<image>', text: 'the image; replaced only when the new one is complete' }],
  options: [
    option('--json', 'print the result as JSON on stdout'),
    option('-q, --quiet', 'no summary'),
  ],
  details: DETAILS,
  examples: [['disk.img']],
  async run({ operands, options, say }) {
    const [image] = operands as [string];
    try {
      const result = await indexImage(image);
      if (!options.quiet) say(describe(image, result));
      if (options.json) process.stdout.write(`${toPlainJson(result)}\n`);
    } catch (error) {
      throw nameInput(image, error);
    }
  },
};

function describe(image: string, { paths, indexSize, renewed, seconds }: IndexResult): string {
  const verb = renewed ? 'renewed' : 'added';
  return `${image}: index of ${formatCount(paths, 'path')} ${verb}, ${formatBytes(indexSize)}, ${seconds.toFixed(1)} s`;
}
