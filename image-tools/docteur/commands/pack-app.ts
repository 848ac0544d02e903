import { join } from 'node:path';
import { openImageFile } from '../../../guest/host/index.ts';
import { findInImage } from '../../look/find.ts';
import { makeImage } from '../../make/make.ts';
import { checkProgram } from '../app-program.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { collect } from '../parse-values.ts';
import { formatBytes, formatCount } from '../units.ts';

interface Options {
  readonly exclude?: string[];
  readonly quiet?: true;
}

const DETAILS = `
The program is what the folder's package.json names as main, or index.js. What is in node_modules is packed
as it lies there: install without development packages first (npm ci --omit=dev). Native addons (.node)
cannot be loaded out of an image; they are named, and packed all the same.

The image runs by "docteur run IMAGE", by "node --import docteur/register=IMAGE IMAGE" and, in Node 26, by
"node --experimental-vfs --import docteur/vfs --vfs-load=IMAGE".`;

/** `docteur pack-app`. */
export const packApp: CommandDeclaration<Options> = {
  operands: [
    { name: '<folder>', text: 'the app, with its node_modules' },
    { name: '<image>', text: 'the image to write; replaced only when the new one is complete' },
  ],
  options: [
    option('--exclude <glob>', 'leave out paths that match; may be repeated', collect),
    option('-q, --quiet', 'print nothing when it goes well'),
  ],
  details: DETAILS,
  examples: [['app app.img', 'then: docteur run app.img']],
  async run({ operands, options, say }) {
    const [folder, image] = operands as [string, string];
    const { quiet } = options;
    const exclude = ['/.git', ...(options.exclude ?? [])];
    checkProgram(folder, exclude);
    const result = await makeImage({
      // A folder, even where it is a repository: what is installed in it is in no commit.
      source: folder.includes('://') ? folder : `relativize://${folder}`,
      image,
      exclude,
      moduleMap: true,
      onWarning: (text) => say(text),
    });
    for (const addon of addonsIn(image)) {
      say(
        `${join(folder, addon)}: an addon of native code, which cannot be loaded out of an image`,
      );
    }
    if (quiet) return;
    const { files, bytesIn, bytesOut } = result;
    say(
      `${image}: ${formatCount(files, 'file')}, ${formatBytes(bytesIn)} in, ${formatBytes(bytesOut)} out; ` +
        `run it by: docteur run ${image}`,
    );
  },
};

/** The paths of files that only Node's own file system can load. */
function addonsIn(image: string): string[] {
  using opened = openImageFile(image);
  return Array.from(findInImage(opened.fs.nodes, '*.node'))
    .filter(({ entry }) => entry.kind === 'file' || entry.kind === 'executable')
    .map(({ path }) => Buffer.from(path).toString());
}
