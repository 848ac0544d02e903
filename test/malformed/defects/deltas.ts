import type { Forge } from '../../fixtures/forge.ts';
import { copy, delta, deltaSize, insert } from '../../fixtures/forge-bytes.ts';
import { BASE, SECOND, SECOND_DELTA, sample } from '../../fixtures/forged-sample.ts';
import type { Defect } from './defect.ts';

const N = BASE.length;
const M = SECOND.length;
const second = (delta: Uint8Array, result?: Uint8Array) => () =>
  sample({ second: result === undefined ? { delta } : { delta, result } });
const raw = (...parts: Buffer[]) => second(Buffer.concat(parts));
const tail = insert(Buffer.from('the second page\n'));

/** A chain of `depth` deltas, each a copy of its base. */
function chain(forge: Forge, depth: number): void {
  const same = delta(5, 5, copy(0, 5));
  let oid: Buffer = forge.add('blob', Buffer.from('12345'), { oid: Buffer.alloc(20, 0x10) });
  for (let i = 0; i < depth; i++) {
    const next = Buffer.alloc(20, 0x10);
    next.writeUInt32BE(i + 1, 16);
    oid = forge.addOfs(oid, same, Buffer.from('12345'), { oid: next });
  }
}

export const DELTAS: readonly Defect[] = [
  { name: 'empty delta', lazy: 'BAD_DELTA', image: raw() },
  { name: 'delta that ends inside its sizes', lazy: 'BAD_DELTA', image: raw(Buffer.from([0x80])) },
  {
    name: 'delta with a size that never ends',
    lazy: 'BAD_DELTA',
    image: raw(Buffer.alloc(100, 0x80)),
  },
  {
    name: 'delta with a size of 2^60',
    lazy: 'BAD_DELTA',
    image: raw(Buffer.from([...Array(8).fill(0x80), 0x10]), deltaSize(M)),
  },
  {
    name: 'base size one too low',
    lazy: 'BAD_DELTA',
    image: second(delta(N - 1, M, copy(0, N - 1), insert(Buffer.alloc(17)))),
  },
  {
    name: 'base size one too high',
    lazy: 'BAD_DELTA',
    image: second(delta(N + 1, M, copy(0, N), tail)),
  },
  {
    name: 'result size one too low',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M - 1, copy(0, N), tail)),
  },
  {
    name: 'result size one too high',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M + 1, copy(0, N), tail)),
  },
  { name: 'result size 0', lazy: 'BAD_DELTA', image: second(delta(N, 0, copy(0, N), tail)) },
  { name: 'result size 2^40', lazy: 'LIMIT', image: second(delta(N, 2 ** 40, copy(0, N), tail)) },
  { name: 'delta of no instructions', lazy: 'BAD_DELTA', image: second(delta(N, M)) },
  {
    name: 'instruction 0',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(0, N), Buffer.from([0]), tail)),
  },
  {
    name: 'insert past the end of the delta',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(0, N), insert(Buffer.from('the'), 16))),
  },
  {
    name: 'copy cut inside its arguments',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, insert(Buffer.alloc(100)), Buffer.from([0xff, 0, 0]))),
  },
  {
    name: 'copy that begins behind the base',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(N + 1, 1), copy(0, N), insert(Buffer.alloc(15)))),
  },
  {
    name: 'copy that ends behind the base',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(1, N), tail)),
  },
  {
    name: 'copy from 4 GiB',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(2 ** 32 - 1, N), tail)),
  },
  {
    name: 'copy of 16 MiB',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(0, 2 ** 24 - 1), tail)),
  },
  {
    name: 'a result one byte longer than said',
    lazy: 'BAD_DELTA',
    image: second(delta(N, M, copy(0, N), tail, insert(Buffer.from('!')))),
  },
  {
    name: 'a delta to other content',
    lazy: 'wrong data',
    checked: 'BAD_HASH',
    analyze: 'MISSING_OBJECT',
    verify: 'BAD_HASH',
    image: second(delta(N, M, insert(Buffer.alloc(16)), copy(0, N))),
  },
  {
    name: 'delta size in the header one too low',
    lazy: 'BAD_ZLIB',
    image: () => sample({ second: { size: SECOND_DELTA.length - 1 } }),
  },
  {
    name: 'delta size in the header one too high',
    lazy: 'BAD_ZLIB',
    image: () => sample({ second: { size: SECOND_DELTA.length + 1 } }),
  },
  {
    name: 'a chain of 5,000 deltas',
    lazy: 'unseen',
    verify: 'LIMIT',
    image: () => sample({ more: (forge) => chain(forge, 5000) }),
  },
];
