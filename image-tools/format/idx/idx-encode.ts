import { copyRange, encodeU32BE, encodeU64BE } from '../bytes/bytes.ts';
import type { NewHash } from '../git/hash.ts';
import { OID_LENGTH } from '../git/oid.ts';
import type { IdxEntries } from './idx-entries.ts';
import { IDX_LARGE, IDX_MAGIC, IDX_VERSION } from './idx-layout.ts';

const CHUNK_ROWS = 4096;

/**
 * Encodes the IDX v2 of a PACK in pieces of at most 80 KiB, each the caller's own: header and
 * fan-out, ids, CRCs, offsets (those from 2^31 on in the 64-bit table, in the order of the ids, as
 * git writes them), the PACK's checksum and the IDX's own.
 */
export function* encodeIdx(
  entries: IdxEntries,
  packChecksum: Uint8Array,
  newHash: NewHash,
): Generator<Uint8Array, void, undefined> {
  const hash = newHash();
  for (const piece of encodeTables(entries, entries.sortedRows())) {
    hash.update(piece);
    yield piece;
  }
  hash.update(packChecksum);
  yield copyRange(packChecksum, 0, packChecksum.length);
  yield hash.digest();
}

function* encodeTables(
  entries: IdxEntries,
  rows: Uint32Array,
): Generator<Uint8Array, void, undefined> {
  yield encodeHead(entries, rows);
  yield* encodeTable(rows, OID_LENGTH, (out, at, row) => out.set(entries.oidOf(row), at));
  yield* encodeTable(rows, 4, (out, at, row) => encodeU32BE(out, at, entries.crcOf(row)));
  let large = 0;
  yield* encodeTable(rows, 4, (out, at, row) => {
    const packOffset = entries.packOffsetOf(row);
    encodeU32BE(out, at, packOffset < IDX_LARGE ? packOffset : IDX_LARGE + large++);
  });
  if (large > 0) {
    const largeRows = rows.filter((row) => entries.packOffsetOf(row) >= IDX_LARGE);
    yield* encodeTable(largeRows, 8, (out, at, row) =>
      encodeU64BE(out, at, entries.packOffsetOf(row)),
    );
  }
}

function encodeHead(entries: IdxEntries, rows: Uint32Array): Uint8Array {
  const head = new Uint8Array(8 + 256 * 4);
  encodeU32BE(head, 0, IDX_MAGIC);
  encodeU32BE(head, 4, IDX_VERSION);
  let rank = 0;
  for (let byte = 0; byte < 256; byte++) {
    while (rank < rows.length && (entries.oidOf(rows[rank] as number)[0] as number) <= byte) rank++;
    encodeU32BE(head, 8 + 4 * byte, rank);
  }
  return head;
}

function* encodeTable(
  rows: Uint32Array,
  rowSize: number,
  encode: (out: Uint8Array, at: number, row: number) => void,
): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows.length - start);
    const piece = new Uint8Array(count * rowSize);
    for (let i = 0; i < count; i++) encode(piece, i * rowSize, rows[start + i] as number);
    yield piece;
  }
}
