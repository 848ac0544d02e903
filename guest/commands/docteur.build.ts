// The command `docteur.build`: builds an app for a target.
import { parseArgs } from 'node:util';
import { buildApp, TARGETS, type Target } from '../bundler/build-app.ts';
import { BuildError } from '../bundler/errors.ts';

const NAME = 'docteur.build';
const EXIT_USAGE = 64;

const USAGE = `Usage: ${NAME} -t TARGET --disk DISK APP -o FILE

Bundles an app, a module whose default export is a function of its host (see docteur/guest) that
gives its exit status. It is synchronous: neither target waits for a Promise.

Targets:
  hvt     a guest for the tender, manifest included; DISK is the name of its block device
  unix    a program for Node 22 or newer that opens the image file DISK

Options:
  -t, --target TARGET   hvt or unix
  --disk DISK           the app's disk
  -o, --output FILE     where the result goes
  --no-minify           keep a guest's lines: what the tender says of an error names one
  --debug               show the stack of an error
  --help                print this

Examples:
  ${NAME} -t hvt --disk docteur app.ts -o guest.js
  tender --block:docteur=disk.img -- guest.js --filename README.md

  ${NAME} -t unix --disk disk.img app.ts -o simple
  ./simple --filename README.md
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
        'no-minify': { type: 'boolean' },
        debug: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BuildError((error as Error).message, EXIT_USAGE);
  }
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const { disk: [disk, ...moreDisks] = [], output } = values;
  const target = TARGETS.find((known) => known === values.target);
  const [app] = positionals;
  if (target === undefined)
    throw new BuildError(`-t ${TARGETS.join(' or ')} is needed`, EXIT_USAGE);
  if (disk === undefined) throw new BuildError('--disk is needed', EXIT_USAGE);
  if (moreDisks.length > 0) throw new BuildError('an app has one --disk', EXIT_USAGE);
  if (output === undefined) throw new BuildError('-o is needed', EXIT_USAGE);
  if (app === undefined || positionals.length > 1) {
    throw new BuildError('one app is needed', EXIT_USAGE);
  }
  const minify = !values['no-minify'];
  await buildApp({ target: target satisfies Target, app, disk, outfile: output, minify });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`${NAME}: ${process.argv.includes('--debug') ? stack : message}\n`);
  process.exitCode = error instanceof BuildError ? error.exitStatus : 1;
}
