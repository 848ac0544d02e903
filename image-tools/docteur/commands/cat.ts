import { InvalidArgumentError } from 'commander';
import { FsError, type NodeTree } from '#reader';
import { type CommandDeclaration, option } from '../declaration.ts';
import { eachPath } from '../each-path.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions } from '../image-options.ts';
import { withImage } from '../open-image.ts';
import { Output } from '../output.ts';

interface Range {
  readonly offset: number;
  readonly length: number;
}

interface Options extends ImageOptions {
  readonly range?: Range;
}

/** Bytes read at once: a file of any size takes this much memory, and what the reader keeps. */
const PIECE = 0x100000;

/** `docteur cat`. */
export const cat: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND, { name: '<path...>', text: 'the files; links are followed' }],
  options: [
    option('-r, --range <off:len>', 'LEN bytes from OFF; all behind OFF without LEN', parseRange),
    ...IMAGE_OPTIONS,
  ],
  details: `
The bytes of the files go to stdout, one file after the other, and nothing else. A file above 1 MiB is
read in parts, and a range of it costs about what the range holds.`,
  examples: [
    ['disk.img README.md'],
    ['disk.img manual.pdf > manual.pdf'],
    ['-r 0:100 disk.img log.txt', 'the first hundred bytes'],
    ['-r 1000: disk.img log.txt', 'all but the first thousand'],
  ],
  async run({ operands, options, say }) {
    const [image, ...paths] = operands as [string, ...string[]];
    return withImage(image, options, (nodes) => {
      const output = new Output();
      const status = eachPath(paths, say, (path) => print(nodes, path, options.range, output));
      output.flush();
      return status;
    });
  },
};

function print(nodes: NodeTree, path: string, range: Range | undefined, output: Output): void {
  const node = nodes.find(path);
  const kind = nodes.kind(node);
  if (kind !== 'file' && kind !== 'executable') {
    throw new FsError('NOT_A_FILE', path, `a ${kind}, not a file`);
  }
  const { offset, length } = range ?? { offset: 0, length: Number.MAX_SAFE_INTEGER };
  const end = Math.min(offset + length, nodes.size(node));
  for (let at = offset; at < end; at += PIECE) {
    output.write(nodes.view(node, at, Math.min(PIECE, end - at)));
  }
}

function parseRange(text: string): Range {
  const [, offset = '', length = ''] = /^(\d{1,15}):(\d{0,15})$/.exec(text) ?? [];
  if (offset === '') {
    throw new InvalidArgumentError('Not a range of bytes, such as 0:100 or 1000: (to the end).');
  }
  return {
    offset: Number(offset),
    length: length === '' ? Number.MAX_SAFE_INTEGER - Number(offset) : Number(length),
  };
}
