import t from 'tap';
import { decodeSuperblock, FormatError, memorySource } from '#format';
import { mount } from '../../guest/reader/index.ts';
import { TREE_READERS } from '../fixtures/readers.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { testFileSystem } from './file-system.ts';

for (const reader of TREE_READERS) {
  t.test(`${reader} reader`, async (t) => {
    testFileSystem(t, (image) => mount(memorySource(image), { reader }));
  });
  t.test(`${reader} reader without a cache`, async (t) => {
    testFileSystem(t, (image) => mount(memorySource(image), { reader, cacheBytes: 0 }));
  });
}

t.test('eager reader that checks', async (t) => {
  testFileSystem(t, (image) => mount(memorySource(image), { reader: 'eager', check: true }));
});

t.test('auto reader that checks, without a cache', async (t) => {
  testFileSystem(t, (image) => {
    const { commit } = decodeSuperblock(image);
    return mount(memorySource(indexedWhereItCan(image)), { commit, cacheBytes: 0 });
  });
});

/** With an index, but where there are more paths than one can hold. */
function indexedWhereItCan(image: Uint8Array): Uint8Array {
  try {
    return withPathIndex(image);
  } catch (error) {
    if (error instanceof FormatError && error.code === 'LIMIT') return image;
    throw error;
  }
}

t.test('auto reader of images with a path index', async (t) => {
  const onWarning = (message: string) => t.fail(message);
  testFileSystem(t, (image) => mount(memorySource(indexedWhereItCan(image)), { onWarning }));
});

t.test('auto reader of images without one', async (t) => {
  const onWarning = (message: string) => t.fail(message);
  testFileSystem(t, (image) => mount(memorySource(image), { onWarning }));
});

t.test('indexed reader', async (t) => {
  testFileSystem(t, (image) => {
    const withIndex = indexedWhereItCan(image);
    const reader = withIndex === image ? 'lazy' : 'indexed';
    return mount(memorySource(withIndex), { reader, cacheBytes: 0 });
  });
});
