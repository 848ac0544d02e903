import { spawn } from 'node:child_process';
import { startBrowseServer } from '../browse/browse-server.ts';
import { browsedImage } from '../browse/browsed-image.ts';
import { writeStaticPage } from '../browse/static-page.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { commitOf } from '../image-file.ts';
import { placeOf } from '../image-options.ts';
import { Output } from '../output.ts';
import { parseCount } from '../parse-values.ts';

interface Options {
  readonly out?: string;
  readonly port?: number;
  readonly open?: true;
}

const DETAILS = `
Prints the address of a page that shows the files, where the bytes went, and with a second image what differs
between the two. The page is on this machine alone, at a port and a path that nobody can guess; it ends with the
command. Files are shown and never run, whatever an image holds.

An image on a web server is read by parts. Its server must answer range requests.

With --out, the page is written into a folder as static files. Put the images beside them, on any web server or
object store that answers range requests.`;

/** What opens an address in the user's browser. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** `docteur browse`. */
export const browse: CommandDeclaration<Options> = {
  usage: '[options] <image> [other]',
  operands: [
    {
      name: '<image>',
      text: 'the image: a file, or an address that begins with http:// or https://',
    },
    { name: '[other]', text: 'another one, to see what differs in it' },
  ],
  options: [
    option('--out <dir>', 'write static files instead').conflicts(['port', 'open']),
    option('--port <n>', 'the port to listen at (default: any)', parseCount(1, 65_535)),
    option('--open', 'open the page in the browser'),
  ],
  details: DETAILS,
  examples: [
    ['disk.img'],
    ['old.img new.img', 'what changed'],
    ['https://example.org/disk.img'],
    ['--out site disk.img', 'then: cp disk.img site, and upload the folder'],
  ],
  async run({ operands, options, say }) {
    const images = operands.map(browsedImage);
    if (options.out !== undefined) {
      const missing = await writeStaticPage(options.out, images);
      for (const path of missing) say(`put beside the page: ${path}`);
      return;
    }
    for (const image of images) if (image.kind === 'file') commitOf(placeOf(image.path, {}));
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    });
    const server = await startBrowseServer(images, options.port ?? 0);
    const output = new Output();
    output.write(`${server.url}\n`);
    output.flush();
    if (options.open) openPage(server.url, say);
    await ended;
    await server.close();
  },
};

function openPage(url: string, say: (text: string) => void): void {
  const [program = '', ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.once('error', () => say(`cannot start ${program}: open the address yourself`));
  child.unref();
}
