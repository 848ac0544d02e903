import { deflateSync } from 'node:zlib';
import t from 'tap';
import { createInflater, decodeDeltaSizes, memorySource, readResultSize } from '#format';

/** 4 and 3, each padded with zero groups, and an instruction. */
function padded(groups: number): Uint8Array {
  const zeros = (count: number) => Array(count).fill(0x80);
  return Uint8Array.from([0x84, ...zeros(9), 0, 0x83, ...zeros(groups), 0, 0x90, 3]);
}

t.test('the head alone tells the size of the result, however long it may be', async (t) => {
  const inflater = createInflater();
  const resultSize = (delta: Uint8Array) => {
    const header = { type: 6, size: delta.length, dataOffset: 0 } as const;
    const base = { basePackOffset: 0, baseOid: undefined };
    return readResultSize(memorySource(deflateSync(delta)), { ...header, ...base }, inflater);
  };
  t.equal(resultSize(padded(8)), 3);
  t.equal(decodeDeltaSizes(padded(8)).instructionsAt, 21);
  const endless = { name: 'FormatError', code: 'BAD_DELTA', message: /does not end/ };
  t.throws(() => decodeDeltaSizes(padded(9)), endless);
  t.throws(() => resultSize(padded(9)), { code: 'BAD_DELTA' });
});
