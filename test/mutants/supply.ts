import type { Mutant } from '../fixtures/mutant.ts';

const LOCKFILES = ['test/unit/scripts/lockfile-faults.test.ts'];
const FUZZ = ['test/unit/fuzz/budget.test.ts'];
const FILE = 'scripts/lockfile-faults.ts';
const BUDGET = 'test/fuzz/budget.ts';

/** What is installed, and what watches over the rest. */
export const mutants: Mutant[] = [
  {
    name: 'supply: a package without a checksum',
    file: FILE,
    find: "/^sha512-/.test(locked.integrity ?? '')",
    replace: "/^/.test(locked.integrity ?? '')",
    tests: LOCKFILES,
  },
  {
    name: 'supply: a package from an address',
    file: FILE,
    find: 'if (locked.resolved !== undefined) faults',
    replace: 'if (locked.resolved === name) faults',
    tests: LOCKFILES,
  },
  ...['seconds', 'memory', 'output'].map((what) => ({
    name: `fuzz: no budget of ${what}`,
    file: BUDGET,
    find: `budget.${what}, `,
    replace: 'Number.POSITIVE_INFINITY, ',
    tests: FUZZ,
  })),
];
