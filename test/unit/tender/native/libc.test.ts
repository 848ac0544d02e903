import t from 'tap';
import { findKoffi } from '../../../../tender/native/koffi.ts';
import { loadLibc } from '../../../../tender/native/libc.ts';

const koffi = findKoffi(import.meta.url);

t.test('what a guest does to arrays changes no call', { skip: koffi.length === 0 }, async (t) => {
  const libc = loadLibc(koffi);
  const pid = libc.raw('getpid');
  const { [Symbol.iterator]: iterator } = Array.prototype;
  const seen: unknown[][] = [];
  let results: number[];
  try {
    Array.prototype[Symbol.iterator] = function () {
      seen.push(this);
      return iterator.call(this);
    };
    for (let i = 0; i < 8; i++) {
      const get = () => void seen.push([i]);
      Object.defineProperty(Array.prototype, i, { get, set: get, configurable: true });
    }
    results = [libc.raw('getpid'), libc.raw('close', -1), libc.raw('mmap', 0, 0, 0, 0, -1, 0)];
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
    for (let i = 0; i < 8; i++) Reflect.deleteProperty(Array.prototype, i);
  }
  t.equal(seen.length, 0);
  t.equal(results[0], pid);
  t.ok(results.slice(1).every((result) => result < 0));
});
