import t from 'tap';
import { memorySource } from '#format';
import { mount, READERS } from '../../guest/fs/index.ts';
import { testFileSystem } from './file-system.ts';

for (const reader of READERS) {
  t.test(`${reader} reader`, async (t) => {
    testFileSystem(t, (image) => mount(memorySource(image), { reader }));
  });
  t.test(`${reader} reader without a cache`, async (t) => {
    testFileSystem(t, (image) => mount(memorySource(image), { reader, cacheBytes: 0 }));
  });
}
