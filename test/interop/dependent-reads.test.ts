// How often the first file waits for a disk that is far away.
import t from 'tap';
import { LineCache } from '../../guest/reader/cache/line-cache.ts';
import { mount, type Reader } from '../../guest/reader/index.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { SlowDevice } from '../fixtures/slow-device.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';

const LINE = 64 * 1024;
const VERSIONS = 12;
const PAGES = 400;

/** Pages in versions, which git makes deltas of, sixteen folders deep. */
const pathOf = (page: number, version: number) =>
  `${version}/${'deeper/'.repeat(14)}section-${page % 20}/page-${page}.html`;

function page(number: number, version: number): string {
  return Array.from({ length: 40 }, (_, line) =>
    line % VERSIONS === version
      ? `line ${line} of ${number} as of ${version}\n`
      : `line ${line} of ${number} ${((number + 1) * (line + 7) * 7919).toString(36).repeat(3)}\n`,
  ).join('');
}

/** What the first file costs on a disk that nothing was read of. */
function firstFile(image: Uint8Array, path: string, reader: Reader, check = false): SlowDevice {
  const device = new SlowDevice(image);
  const cache = new LineCache(device, new Uint8Array(256 * LINE), LINE);
  const file = mount(cache, { reader, check }).open(path);
  if (file.view().length !== file.size) throw new Error(`size of ${path}`);
  return device;
}

t.test('the first file waits for few reads', async (t) => {
  const repository = t.testdir({});
  const versions = Array.from({ length: VERSIONS }, (_, version) => version);
  commitEntries(
    repository,
    versions.flatMap((version) =>
      Array.from({ length: PAGES }, (_, number) => ({
        mode: '100644' as const,
        path: pathOf(number, version),
        content: page(number, version),
      })),
    ),
  );
  const plain = imageOfRepository(repository, {
    packOptions: ['--delta-base-offset', '--window=20', '--depth=10'],
    blockSize: 4096,
  });
  const image = withPathIndex(plain);
  for (let i = 0; i < 60; i++) {
    const path = pathOf((i * 37) % PAGES, (i * 5) % VERSIONS);
    const { waits, bytesRead } = firstFile(image, path, 'auto');
    if (waits > 4) t.fail(`${waits} reads for ${path}`);
    if (bytesRead > 200_000) t.fail(`${bytesRead} bytes for ${path}`);
    const checked = firstFile(image, path, 'auto', true);
    if (checked.waits > 5) t.fail(`checked: ${checked.waits} reads for ${path}`);
    if (checked.bytesRead > 500_000) t.fail(`checked: ${checked.bytesRead} bytes for ${path}`);
  }
});
