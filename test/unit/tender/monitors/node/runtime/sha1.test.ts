import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { newSha1 } from '#format';
import { createSha1 } from '../../../../../../tender/monitors/node/realm/sha1.ts';
import { bindSha1 } from '../../../../../../tender/monitors/node/runtime/sha1.ts';
import { findKoffi } from '../../../../../../tender/native/koffi.ts';
import { loadLibc } from '../../../../../../tender/native/libc.ts';

const koffi = findKoffi(import.meta.url);

t.test('OpenSSL, without node:crypto', { skip: koffi.length === 0 && 'no koffi' }, async (t) => {
  const libc = loadLibc(koffi);
  const host = bindSha1(libc);
  if (host === undefined) throw new Error('this Node has no SHA-1 to bind');
  const sha1 = createSha1(host);

  t.test('gives what node:crypto and our own give, at every length', async (t) => {
    const lengths = [...Array(301).keys(), 4096, 65_535, 65_536, 1_000_003];
    const bytes = randomBytes(1_000_003);
    const wrong: number[] = [];
    for (const length of lengths) {
      const message = bytes.subarray(bytes.length - length);
      const cut = Math.min(length, length % 29);
      const [head, tail] = [message.subarray(0, cut), message.subarray(cut)];
      const hash = sha1();
      hash.update(head);
      hash.update(tail);
      const expected = createHash('sha1').update(message).digest();
      const digests = [hash.digest(), sha1.ofBoth(head, tail), newSha1.ofBoth(head, tail)];
      if (!digests.every((digest) => expected.equals(digest))) wrong.push(length);
    }
    t.same(wrong, []);
  });

  t.test('messages side by side', async (t) => {
    const bytes = randomBytes(200_000);
    const [one, two] = [sha1(), sha1()];
    one.update(bytes.subarray(0, 17));
    two.update(bytes);
    const other = sha1.ofBoth(bytes.subarray(0, 3), bytes.subarray(3, 10));
    one.update(bytes.subarray(17));
    const expected = createHash('sha1').update(bytes).digest();
    t.ok(expected.equals(one.digest()));
    t.ok(expected.equals(two.digest()));
    t.ok(createHash('sha1').update(bytes.subarray(0, 10)).digest().equals(other));
  });

  t.test('bytes of any memory, a digest of its own each', async (t) => {
    const shared = new Uint8Array(new SharedArrayBuffer(5)).fill(7);
    const growing = new Uint8Array(new ArrayBuffer(5, { maxByteLength: 10 })).fill(7);
    const none = new Uint8Array(0);
    const first = sha1.ofBoth(none, Uint8Array.of(7, 7, 7, 7, 7));
    t.not(sha1.ofBoth(shared, none).buffer, first.buffer);
    t.same(sha1.ofBoth(shared, none), first);
    t.same(sha1.ofBoth(none, growing), first);
    structuredClone(growing.buffer, { transfer: [growing.buffer] });
    t.throws(() => sha1.ofBoth(none, growing), TypeError, 'nothing is left of it');
  });

  t.test('no address and no length that a guest makes up', async (t) => {
    const bytes = Uint8Array.of(1, 2, 3);
    const lies = Uint8Array.of(1, 2, 3);
    for (const name of ['length', 'byteLength']) Object.defineProperty(lies, name, { value: 1e9 });
    const none = new Uint8Array(0);
    t.same(sha1.ofBoth(lies, none), sha1.ofBoth(bytes, none));
    for (const wrong of [
      0,
      1n,
      'text',
      null,
      undefined,
      {},
      { length: 3 },
      [1],
      new Proxy(bytes, {}),
      Uint16Array.of(1),
      new DataView(bytes.buffer),
    ]) {
      t.throws(() => sha1.ofBoth(none, wrong as Uint8Array), TypeError);
      t.throws(() => sha1().update(wrong as Uint8Array), TypeError);
    }
  });

  t.test('nor an array of another size in the place of its own', async (t) => {
    const { Uint8Array: original } = globalThis;
    const { slice } = original.prototype;
    t.teardown(() => {
      globalThis.Uint8Array = original;
      original.prototype.slice = slice;
    });
    const seen: unknown[] = [];
    const spy = function (this: unknown) {
      seen.push(this);
      return new original(0);
    };
    globalThis.Uint8Array = spy as unknown as typeof Uint8Array;
    original.prototype.slice = spy as unknown as typeof slice;
    const hash = sha1();
    hash.update(Buffer.from('abc'));
    const digests = [hash.digest(), sha1.ofBoth(Buffer.from('a'), Buffer.from('bc'))];
    globalThis.Uint8Array = original;
    original.prototype.slice = slice;
    t.same(seen, []);
    const expected = createHash('sha1').update('abc').digest();
    t.ok(digests.every((digest) => expected.equals(digest)));
  });

  t.test('a Node without these functions offers nothing', async (t) => {
    const bind = () => {
      throw new Error('not found');
    };
    t.equal(bindSha1({ ...libc, bind }), undefined);
  });
});
