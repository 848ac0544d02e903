import { buildApp } from '../../../guest/bundler/build-app.ts';
import { BuildError } from '../../../guest/bundler/errors.ts';
import { TARGETS } from '../../../guest/bundler/target.ts';
import { checkTypes } from '../../../guest/bundler/type-check.ts';
import { type CommandDeclaration, option } from '../declaration.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { collect } from '../parse-values.ts';

interface Options {
  readonly target?: string;
  readonly disk?: string[];
  readonly output?: string;
  readonly embed?: true;
  readonly check?: true;
  readonly minify: boolean;
}

const DETAILS = `
APP is a module whose default export is a function that takes a host (see docteur/guest) and returns
its exit status. Apps are synchronous: no target waits for a Promise. Types are stripped, not checked;
--check first runs the app's own TypeScript.

Targets:
  hvt     a guest for the tender, with its manifest; DISK is the name of a block device. FILE.map is
          written too: keep it beside the guest, and errors name lines of the app
  unix    a program for Node 22 or newer that opens the image file DISK, or NAME=DISK. Its user can
          choose another: --disk PATH, --disk NAME=PATH, or DOCTEUR_DISK_NAME=PATH in the environment`;

/** `docteur build`, and `docteur.build`. */
export const build: CommandDeclaration<Options> = {
  usage: '-t <target> --disk <disk> <app> -o <file>',
  operands: [{ name: '[app...]', text: 'the module of the app' }],
  options: [
    option('-t, --target <target>', 'hvt or unix'),
    option('--disk <disk>', 'a disk of the app, for host.openDisk(NAME); may be repeated', collect),
    option('-o, --output <file>', 'the file to write'),
    option('--embed', 'unix: put the images into the program, which then needs no other files'),
    option('--check', "check the app's types with its TypeScript (npm install -D typescript)"),
    option('--no-minify', 'do not minify, so that errors name readable lines'),
  ],
  details: DETAILS,
  examples: [
    ['-t hvt --disk docteur app.ts -o guest.js', 'a guest, for tender --block:docteur=disk.img'],
    ['-t unix --disk disk.img app.ts -o simple', 'a program: ./simple --filename README.md'],
  ],
  async run({ operands, options, say }) {
    const { disk: disks = [], output } = options;
    const target = TARGETS.find((known) => known === options.target);
    const [app] = operands;
    if (target === undefined) throw usageError(`missing option: -t ${TARGETS.join(' or ')}`);
    if (disks.length === 0) throw usageError('missing option: --disk DISK');
    if (output === undefined) throw usageError('missing option: -o FILE');
    if (app === undefined || operands.length > 1) throw usageError('give exactly one app');
    if (options.embed && target !== 'unix') {
      throw usageError('--embed works only with -t unix: the tender attaches the disks of a guest');
    }
    if (options.check) checkTypes(app);
    await buildApp({
      target,
      app,
      disks,
      outfile: output,
      minify: options.minify,
      sourceMap: true,
      embed: options.embed === true,
      onWarning: say,
    });
  },
};

function usageError(message: string): BuildError {
  return new BuildError(message, EXIT_USAGE);
}
