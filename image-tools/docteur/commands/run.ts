import { createRequire } from 'node:module';
import { usage } from '../../../tender/commands/usage.ts';
import type { RawCommand } from '../declaration.ts';
import { guardStdout } from '../guard-stdout.ts';
import { isImage, runImage } from '../run-image.ts';

/** Whether this is the built package: there the tender is a program beside this one, compiled. */
const BUILT = !import.meta.url.endsWith('.ts');

/** The hooks by which a Node loads modules out of an image. */
const HOOKS = new URL(
  BUILT ? '../library/register-fs.js' : '../../../guest/host/modules/fs/index.ts',
  import.meta.url,
).href;

/**
 * `docteur run`: the tender, which parses its own command line as Solo5's does; or, where an image comes
 * first, the program in it.
 */
export const run: RawCommand = {
  async help() {
    return `${usage()}
docteur run IMAGE [ARGUMENTS...] runs the program in an image, by Node and without a sandbox: what its
package.json names as main, or index.js. docteur pack-app makes such images.
`;
  },
  async runRaw(args) {
    const [first, ...rest] = args;
    if (first === '--help') {
      guardStdout('docteur run');
      process.stdout.write(await run.help());
      return;
    }
    if (first !== undefined && isImage(first)) {
      process.exitCode = await runImage(HOOKS, first, rest);
      return;
    }
    process.argv.splice(2, Infinity, ...args);
    if (BUILT) createRequire(import.meta.url)('../bin/tender.js');
    else await import('../../../tender/commands/tender.ts');
  },
};
