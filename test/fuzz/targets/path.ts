import { memorySource } from '#format';
import { FsError, mount, READERS } from '../../../guest/reader/index.ts';
import { objectId, treeEntry } from '../../fixtures/forge-bytes.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import { withPathIndex } from '../../fixtures/with-path-index.ts';
import type { FuzzTarget } from '../target.ts';
import { insist } from '../target.ts';

const TARGETS = ['/', '.', '..', 'zd', '/docs', 'docs/a.txt', '../../docs', 'zb/a.txt', 'gone', ''];
const SEGMENTS = [
  ...['docs', 'a.txt', 'README.md', 'third.txt', 'link', '.', '..', '', 'gone', 'DOCS', 'a.tx'],
  ...TARGETS.map((_, i) => `z${String.fromCharCode(97 + i)}`),
];

/** An image full of links: to folders, files, themselves, each other and nothing. */
const image = memorySource(
  withPathIndex(
    sample({
      root: {
        content: (sound) =>
          Buffer.concat([
            sound,
            ...TARGETS.map((target, i) =>
              treeEntry(
                '120000',
                `z${String.fromCharCode(97 + i)}`,
                objectId('blob', Buffer.from(target)),
              ),
            ),
          ]),
      },
      more: (forge) => {
        for (const target of TARGETS) forge.add('blob', Buffer.from(target));
      },
    }),
  ),
);
const systems = READERS.map((reader) => mount(image, { reader }));

function outcome(call: () => unknown): string {
  try {
    return JSON.stringify(call()) ?? 'undefined';
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    return `${error.code} ${error.path}`;
  }
}

/** Any path at all: only FsError comes out, and all readers say the same. */
export const pathTarget: FuzzTarget = {
  name: 'path',
  run(random) {
    const length = random.oneIn(20) ? 400 : random.below(8);
    const segments = Array.from({ length }, () => random.pick(SEGMENTS));
    const text = `${random.pick(['', '/', '//'])}${segments.join('/')}${random.pick(['', '/'])}`;
    const path = random.oneIn(4) ? Buffer.concat([Buffer.from(text), random.bytes(3)]) : text;
    const [offset, size] = [random.below(40), random.below(3000)];
    const all = systems.map((fs) =>
      [
        () => fs.exists(path),
        () => fs.list(path),
        () => fs.readLink(path),
        () => [...fs.digest(path)],
        () => fs.size(path),
        () => [...fs.getPartial(path, offset, size)],
        () => Buffer.from(fs.get(path)).toString('latin1'),
      ].map(outcome),
    );
    for (const other of all.slice(1)) {
      for (const [i, expected] of (all[0] ?? []).entries()) {
        insist(other[i] === expected, `${text}: ${other[i]} and ${expected}`);
      }
    }
  },
};
