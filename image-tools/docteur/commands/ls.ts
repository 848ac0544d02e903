import type { NodeTree } from '#reader';
import { select } from '../../look/selection.ts';
import { walkNodes } from '../../look/walk-nodes.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { eachPath } from '../each-path.ts';
import { IMAGE_OPERAND, IMAGE_OPTIONS, type ImageOptions } from '../image-options.ts';
import { jsonEntry } from '../json-entry.ts';
import { type Item, Listing } from '../listing.ts';
import { withImage } from '../open-image.ts';
import { Output } from '../output.ts';

interface Options extends ImageOptions {
  readonly long?: true;
  readonly recursive?: true;
  readonly one?: true;
  readonly directory?: true;
  readonly zero?: true;
  readonly json?: true;
}

const DETAILS = `
Without a PATH, the root is listed. Links at the end of a PATH are followed, except with -l and -d. All
times are the commit's: an image has no others.

With -R, each line is a whole path, a folder before what is in it; a million paths take no more memory
than ten. --json prints a JSON object a line: path, kind (file, executable, directory, link, submodule),
mode, size, id (git's), and a link's target; a path that is not UTF-8 is there in base64 too.`;

/** `docteur ls`. */
export const ls: CommandDeclaration<Options> = {
  operands: [IMAGE_OPERAND, { name: '[path...]', text: 'what to list in it (default: the root)' }],
  options: [
    option('-l, --long', 'kind and permissions, size in bytes, time, and where links lead'),
    option('-R, --recursive', 'all that is below, as paths'),
    option('-1, --one', 'a name a line, also on a terminal'),
    option('-d, --directory', 'folders themselves, not what is in them'),
    option('-0, --zero', 'end each name with NUL, not with a newline').conflicts('json'),
    option('--json', 'a JSON object a line'),
    ...IMAGE_OPTIONS,
  ],
  details: DETAILS,
  examples: [
    ['disk.img'],
    ['-l disk.img docs', 'a folder, with sizes'],
    ['-R disk.img | wc -l', 'the number of paths'],
    [`-R --json disk.img | jq -r 'select(.size > 1e6).path'`, 'files above 1 MB'],
  ],
  async run({ operands, options, say }) {
    const [image, ...paths] = operands as [string, ...string[]];
    return withImage(image, options, (nodes) => {
      const output = new Output();
      const asked = paths.length === 0 ? ['/'] : paths;
      const status = list(nodes, asked, options, output, say);
      output.flush();
      return status;
    });
  },
};

function list(
  nodes: NodeTree,
  asked: readonly string[],
  options: Options,
  output: Output,
  say: (text: string) => void,
): number {
  const { long, json, recursive, directory } = options;
  const columns = output.isTerminal && !options.one && !options.zero && !json && !recursive;
  const listing = new Listing(nodes, output, {
    long: long === true,
    columns: columns && !long,
    end: options.zero ? '\0' : '\n',
  });
  const put = (item: Item) => {
    if (json) output.write(jsonEntry(nodes, item.path, item.node, item.kind));
    else listing.put(item);
  };
  let shown = 0;
  return eachPath(asked, say, (path) => {
    const start = select(nodes, path, !(long || directory));
    const { kind, node } = start;
    if (kind !== 'directory' || directory) {
      const name = start.path.length === 0 ? ROOT : start.path;
      put({ path: name, name, node, kind });
    } else if (recursive && !long && !json && !output.isTerminal) {
      const shown = start.path.length === 0 ? EMPTY : Buffer.concat([start.path, ROOT]);
      for (const paths of nodes.paths(node, shown, options.zero ? 0 : NEWLINE)) output.write(paths);
    } else if (recursive) {
      for (const { path, entry } of walkNodes(nodes, start)) {
        put({ path, name: path, node: entry.node, kind: entry.kind });
      }
    } else {
      if (asked.length > 1 && !json && !options.zero) {
        listing.finish();
        output.write(shown > 0 ? '\n' : '');
        output.writeName(Buffer.from(path));
        output.write(':\n');
      }
      const prefix = start.path.length === 0 ? EMPTY : Buffer.concat([start.path, ROOT]);
      for (const { nameBytes: name, node: child, kind } of nodes.list(node)) {
        put({ path: json ? Buffer.concat([prefix, name]) : name, name, node: child, kind });
      }
    }
    listing.finish();
    shown += 1;
  });
}

const NEWLINE = 0x0a;
const ROOT = Buffer.from('/');
const EMPTY = Buffer.alloc(0);
