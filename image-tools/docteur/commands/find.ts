import type { Kind } from '#reader';
import { findInImage } from '../../look/find.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions } from '../image-options.ts';
import { jsonEntry } from '../json-entry.ts';
import { withImage } from '../open-image.ts';
import { Output } from '../output.ts';

interface Options extends ImageOptions {
  readonly type?: 'f' | 'd' | 'l' | 'x' | 's';
  readonly zero?: true;
  readonly json?: true;
}

const KINDS: Readonly<Record<NonNullable<Options['type']>, readonly Kind[]>> = {
  f: ['file', 'executable'],
  x: ['executable'],
  d: ['directory'],
  l: ['link'],
  s: ['submodule'],
};

/** `docteur find`. */
export const find: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND, { name: '<glob>', text: 'what to look for; quote it' }],
  options: [
    option('--type <kind>', 'f files, x executables, d folders, l links, s submodules').choices(
      Object.keys(KINDS),
    ),
    option('-0, --zero', 'end each path with NUL, not with a newline').conflicts('json'),
    option('--json', 'a JSON object a line, as docteur ls prints them'),
    ...IMAGE_OPTIONS,
  ],
  details: `
Prints the paths that match. * and ? do not match a /, ** does; [abc], [a-z] and [!a] match one character;
\\ escapes the next one. A glob without a / matches names at any depth, /NAME only at the top, NAME/ only
folders. Only the folder that the glob's fixed part names is walked, by the path index. Exit code 0 also
where nothing matches.`,
  examples: [
    [`disk.img '*.md'`, 'names at any depth'],
    [`disk.img 'docs/**/*.png'`, 'pictures below docs'],
    [`-0 disk.img '*.txt' | xargs -0 docteur cat disk.img`],
  ],
  async run({ operands, options }) {
    const [image, glob] = operands as [string, string];
    const kinds = options.type === undefined ? undefined : KINDS[options.type];
    await withImage(image, options, (nodes) => {
      const output = new Output();
      for (const { path, entry } of findInImage(nodes, glob)) {
        if (kinds !== undefined && !kinds.includes(entry.kind)) continue;
        if (options.json) output.write(jsonEntry(nodes, path, entry.node, entry.kind));
        else {
          output.writeName(path);
          output.write(options.zero ? '\0' : '\n');
        }
      }
      output.flush();
    });
  },
};
