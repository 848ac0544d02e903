import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import t from 'tap';
import { findKoffi } from '../../../../tender/native/koffi.ts';
import { loadLibc } from '../../../../tender/native/libc.ts';
import { createMemoryFile, mapSealed } from '../../../../tender/native/shared-memory.ts';

const koffi = findKoffi(import.meta.url);

t.test('a memory file keeps its size', { skip: koffi.length === 0 && 'no koffi' }, async (t) => {
  const libc = loadLibc(koffi);
  const fd = createMemoryFile(libc) ?? -1;
  const mapping = mapSealed(libc, fd, 8192);
  t.equal(fstatSync(fd).size, 8192);
  new Uint8Array(mapping.view(0, 8192)).fill(1);
  for (const size of [0, 4096, 16384]) {
    t.throws(() => ftruncateSync(fd, size), { code: 'EPERM' }, `${size} bytes`);
  }
  const F_ADD_SEALS = 1033;
  t.ok(libc.raw('fcntl', fd, F_ADD_SEALS, 0x10) < 0, 'no further seal');
  mapping.unmap();
  closeSync(fd);
});
