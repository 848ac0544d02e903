import t from 'tap';
import { MergedCoverage } from '../../../scripts/coverage/merge.ts';

const SOURCE = `// A comment.
import type { Nothing } from 'nowhere';

function both(yes: boolean): number {
  if (yes) {
    return 1;
  }
  return 2;
}
export type Other = Nothing;
export function never(): void {
  both(true);
  both(false);
}
`;

const at = (text: string) => SOURCE.indexOf(text);
const range = (from: number, to: number, count: number) => ({
  startOffset: from,
  endOffset: to,
  count,
});
const body = (from: string, to: string) => [at(from), at(to) + to.length] as const;

/** What V8 says of a run in which \`both\` was called with one of the two values. */
function runWith(yes: boolean) {
  const block = yes ? body('  return 2;\n', '}\nexport type') : body('{\n    return', '1;\n  }');
  return {
    url: 'file:///x.ts',
    functions: [
      { ranges: [range(0, SOURCE.length, 1)] },
      { ranges: [range(at('function both'), at('export type') - 1, 1), range(...block, 0)] },
      { ranges: [range(at('function never'), SOURCE.length - 1, 0)] },
    ],
  };
}

t.test('lines of code, of which some were never run', async (t) => {
  const merged = new MergedCoverage(SOURCE);
  t.same(
    merged.report().lines,
    { covered: 0, total: 10 },
    'types, comments and blanks are no code',
  );
  merged.add(runWith(true));
  t.match(merged.report(), { uncovered: ['8-9', '12-14'], lines: { covered: 5, total: 10 } });
});

t.test('what one process ran and another did not was run', async (t) => {
  const merged = new MergedCoverage(SOURCE);
  merged.add(runWith(true));
  merged.add(runWith(false));
  t.match(merged.report(), {
    uncovered: ['12-14'],
    lines: { covered: 7, total: 10 },
    branches: { covered: 4, total: 5 },
  });
});
