import { createHash, randomBytes } from 'node:crypto';
import t from 'tap';
import { createGuestSha1 } from '../../../guest/guest-sha1.ts';

const none = new Uint8Array(0);

/** A host's SHA-1 that counts the messages which it hashes. */
function countingHost() {
  const host = { loads: 0, messages: 0 };
  const start = () => {
    host.messages += 1;
    return createHash('sha1');
  };
  const sha1 = {
    start,
    ofBoth: (head: Uint8Array, tail: Uint8Array) => start().update(head).update(tail).digest(),
  };
  const load = () => {
    host.loads += 1;
    return sha1;
  };
  return { host, load };
}

t.test('the host is asked after some kilobytes, once', async (t) => {
  const { host, load } = countingHost();
  const newHash = createGuestSha1(load);
  for (let i = 0; i < 8; i++) newHash.ofBoth(none, new Uint8Array(1024));
  t.same(host, { loads: 0, messages: 0 });
  for (let i = 0; i < 8; i++) newHash.ofBoth(none, new Uint8Array(1024));
  newHash();
  t.same(host, { loads: 1, messages: 9 });
});

t.test('a message of unknown length goes to the host at once', async (t) => {
  const { host, load } = countingHost();
  const newHash = createGuestSha1(load);
  newHash().update(none);
  t.same(host, { loads: 1, messages: 1 });
});

t.test('with a host and without, the same', async (t) => {
  const bytes = randomBytes(100_000);
  let asked = 0;
  const without = createGuestSha1(() => {
    asked += 1;
    return undefined;
  });
  const hashes = [createGuestSha1(countingHost().load), without];
  for (const length of [0, 1, 55, 64, 300, 5000, 8192, 70_000, 100_000, 10]) {
    const [head, tail] = [bytes.subarray(0, length >> 3), bytes.subarray(length >> 3, length)];
    const expected = createHash('sha1').update(head).update(tail).digest();
    for (const newHash of hashes) {
      t.ok(expected.equals(newHash.ofBoth(head, tail)), `${length}`);
      const hash = newHash();
      hash.update(head);
      hash.update(tail);
      t.ok(expected.equals(hash.digest()), `${length}`);
    }
  }
  t.equal(asked, 1);
});
