import { readFileSync } from 'node:fs';
import t from 'tap';
import { LineCache } from '../../guest/reader/cache/line-cache.ts';
import { mount } from '../../guest/reader/index.ts';
import { imageOfRepository } from '../fixtures/git-image.ts';
import { commitEntries } from '../fixtures/git-tree.ts';
import { sharedPath } from '../fixtures/shared.ts';

const LINE = 64 * 1024;
/** What a lazy boot may read at most, at any size of the image. */
const BOOT_BYTES = 16 * 1024;

/** Mounts an image behind a cache as a guest has one; gives the bytes read by then. */
function bootBytes(image: Uint8Array, blockSize: number): number {
  let bytes = 0;
  const device = {
    size: image.length,
    blockSize,
    read(reads: readonly { offset: number; into: Uint8Array }[]) {
      for (const { offset, into } of reads) {
        into.set(image.subarray(offset, offset + into.length));
        bytes += into.length;
      }
    },
  };
  mount(new LineCache(device, new Uint8Array(64 * LINE), LINE), { reader: 'lazy' });
  return bytes;
}

t.test('an image whose commit comes first, as git writes it', async (t) => {
  for (const count of [1, 100, 6000]) {
    const repository = t.testdir({});
    commitEntries(
      repository,
      Array.from({ length: count }, (_, i) => ({
        mode: '100644' as const,
        path: `folder-${i % 100}/page-${i}.html`,
        content: `${i} ${(i * 7919).toString(36).repeat(40)}`,
      })),
    );
    const image = imageOfRepository(repository, { blockSize: 4096 });
    for (const sectorSize of [512, 4096]) {
      const bytes = bootBytes(image, sectorSize);
      t.ok(bytes <= BOOT_BYTES, `${count} files, sectors of ${sectorSize}: ${bytes} bytes`);
    }
  }
});

const golden = sharedPath('golden');
t.test("the original's images", { skip: golden === undefined && 'no ../shared' }, async (t) => {
  for (const name of ['store-512.img', 'folder-512.img', 'repo-main.img', 'repo-other.img']) {
    const bytes = bootBytes(readFileSync(`${golden}/${name}`), 512);
    t.ok(bytes <= BOOT_BYTES, `${name}: ${bytes} bytes`);
  }
  // Its commit stands anywhere, so the IDX is searched: a few sectors of any size.
  const bytes = bootBytes(readFileSync(`${golden}/folder-4096.img`), 4096);
  t.ok(bytes <= 10 * 4096, `folder-4096.img: ${bytes} bytes`);
});
