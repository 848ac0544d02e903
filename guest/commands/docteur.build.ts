// The command `docteur.build`: builds an app for a target.
import { parseArgs } from 'node:util';
import { toPlainText } from '#format';
import { buildApp } from '../bundler/build-app.ts';
import { BuildError } from '../bundler/errors.ts';
import { TARGETS } from '../bundler/target.ts';
import { checkTypes } from '../bundler/type-check.ts';

/** Put in by the bundler; absent when the sources run as they are. */
declare const DOCTEUR_VERSION: string | undefined;

const NAME = 'docteur.build';
const EXIT_USAGE = 64;

const USAGE = `Usage: ${NAME} -t TARGET --disk DISK APP -o FILE

Bundles an app: a module whose default export is a function that takes a host (see docteur/guest)
and returns its exit status. Apps are synchronous: no target waits for a Promise. Types are stripped,
not checked; --check first runs the app's own TypeScript.

Targets:
  hvt     a guest for the tender, with its manifest; DISK is the name of a block device. FILE.map is
          written too: keep it beside the guest, and errors name lines of the app
  unix    a program for Node 22 or newer that opens the image file DISK, or NAME=DISK. Its user can
          choose another: --disk PATH, --disk NAME=PATH, or DOCTEUR_DISK_NAME=PATH in the environment

Options:
  -t, --target TARGET   hvt or unix
  --disk DISK           a disk of the app, for host.openDisk(NAME); may be repeated
  -o, --output FILE     the file to write
  --embed               unix: put the images into the program, which then needs no other files
  --check               check the app's types with its TypeScript (npm install -D typescript)
  --no-minify           do not minify, so that errors name readable lines
  --debug               show the stack of an error
  -h, --help            print this
  -V, --version         print the version

Examples:
  ${NAME} -t hvt --disk docteur app.ts -o guest.js
  tender --block:docteur=disk.img -- guest.js --filename README.md

  ${NAME} -t unix --disk disk.img app.ts -o simple
  ./simple --filename README.md
  ./simple --disk other.img --filename README.md
`;

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        target: { type: 'string', short: 't' },
        disk: { type: 'string', multiple: true },
        output: { type: 'string', short: 'o' },
        embed: { type: 'boolean' },
        check: { type: 'boolean' },
        'no-minify': { type: 'boolean' },
        debug: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    });
  } catch (error) {
    // The second sentence is about the function, not about the command.
    const [first = ''] = (error as Error).message.split('. ');
    throw new BuildError(`${first}; see --help`, EXIT_USAGE);
  }
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  if (values.version) {
    const version = typeof DOCTEUR_VERSION === 'undefined' ? 'development' : DOCTEUR_VERSION;
    process.stdout.write(`${version}\n`);
    return;
  }
  const { disk: disks = [], output } = values;
  const target = TARGETS.find((known) => known === values.target);
  const [app] = positionals;
  if (target === undefined)
    throw new BuildError(`missing option: -t ${TARGETS.join(' or ')}`, EXIT_USAGE);
  if (disks.length === 0) throw new BuildError('missing option: --disk DISK', EXIT_USAGE);
  if (output === undefined) throw new BuildError('missing option: -o FILE', EXIT_USAGE);
  if (app === undefined || positionals.length > 1) {
    throw new BuildError('give exactly one app', EXIT_USAGE);
  }
  if (values.embed && target !== 'unix') {
    throw new BuildError(
      '--embed works only with -t unix: the tender attaches the disks of a guest',
      EXIT_USAGE,
    );
  }
  if (values.check) checkTypes(app);
  await buildApp({
    target,
    app,
    disks,
    outfile: output,
    minify: !values['no-minify'],
    sourceMap: true,
    embed: values.embed === true,
    onWarning: (line) => process.stderr.write(`${NAME}: ${toPlainText(line)}\n`),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message, stack } = error as Error;
  const words = process.argv.includes('--debug') ? stack : message;
  process.stderr.write(`${NAME}: ${toPlainText(`${words}`)}\n`);
  process.exitCode = error instanceof BuildError ? error.exitStatus : 1;
}
