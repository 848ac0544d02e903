import { createRequire } from 'node:module';
import { usage } from '../../../tender/commands/usage.ts';
import type { RawCommand } from '../declaration.ts';

/** Whether this is the built package: there the tender is a program beside this one, compiled. */
const BUILT = !import.meta.url.endsWith('.ts');

/** `docteur run`: the tender, which parses its own command line as Solo5's does. */
export const run: RawCommand = {
  async help() {
    return usage();
  },
  async runRaw(args) {
    process.argv.splice(2, Infinity, ...args);
    if (BUILT) createRequire(import.meta.url)('../bin/tender.js');
    else await import('../../../tender/commands/tender.ts');
  },
};
