import {
  allocateBytes,
  encodeObjectPrefix,
  equalBytes,
  FormatError,
  type Hash,
  type NewHash,
  OBJECT_BLOB,
  type Oid,
  type PartReader,
} from '#format';
import { type BlobPlace, wrongObject } from './checked-blob.ts';
import { fillFromPieces, PIECE } from './pieces.ts';

/** A pass over a blob that is not over: what comes next, and the hash of what came before. */
interface Pass {
  readonly stream: PartReader;
  readonly hash: Hash;
  readonly pieces: Uint8Array[];
}

/**
 * An undeltified blob that is read in part, checked, and held: all of it is inflated and compared with its
 * id before any of it is given. Who reads in order by the pieces of 1 MiB gets those themselves, not
 * copies: that spares a third of what checking costs, and memory. Once one is given it is read
 * again with all others, as a stream goes back to its start.
 */
export class HeldBlob {
  readonly size: number;
  readonly oid: Oid;
  readonly #openStream: () => PartReader;
  readonly #place: BlobPlace;
  readonly #newHash: NewHash;
  #pieces: (Uint8Array | undefined)[];
  /** What a source that threw left undone. */
  #pass: Pass | undefined;

  /** `openStream` gives its stream, with memory of its own: for each pass one. */
  constructor(openStream: () => PartReader, place: BlobPlace, newHash: NewHash) {
    this.size = place.size;
    this.oid = place.oid.slice();
    this.#openStream = openStream;
    this.#place = { ...place, oid: this.oid };
    this.#newHash = newHash;
    this.#pieces = new Array(Math.ceil(place.size / PIECE)).fill(undefined);
  }

  /** Whether all of it is held: no piece has been given away. */
  get isWhole(): boolean {
    return !this.#pieces.includes(undefined);
  }

  /**
   * At most `length` bytes from `offset`, for the caller to keep.
   * @throws FormatError BAD_HASH, BAD_ZLIB, TRUNCATED, LIMIT where memory is short
   */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(offset, this.size);
    const end = Math.min(start + length, this.size);
    const first = Math.floor(start / PIECE);
    for (let number = first; number * PIECE < end; number++) {
      if (this.#pieces[number] === undefined) this.verify();
    }
    const piece = this.#pieces[first];
    if (start % PIECE === 0 && piece?.length === end - start) {
      this.#pieces[first] = undefined;
      return piece;
    }
    const part = allocateBytes(end - start, this.#place.dataOffset);
    fillFromPieces(part, start, (number) => this.#pieces[number] as Uint8Array);
    return part;
  }

  /**
   * Inflates all of it, and keeps that only if it has its id. Where the source throws, the next call goes on from
   * there. @throws FormatError as `read`
   */
  verify(): void {
    if (this.isWhole) return;
    this.#pieces.fill(undefined);
    this.#pass ??= this.#begin();
    const { pieces, hash, stream } = this.#pass;
    const { dataOffset, size, oid } = this.#place;
    try {
      for (let at = pieces.length * PIECE; at < size; at += PIECE) {
        const piece = allocateBytes(Math.min(PIECE, size - at), dataOffset);
        stream.readInto(piece, at);
        hash.update(piece);
        pieces.push(piece);
      }
      if (!equalBytes(hash.digest(), oid)) throw wrongObject(dataOffset, oid);
    } catch (error) {
      if (error instanceof FormatError) this.#pass = undefined;
      throw error;
    }
    this.#pass = undefined;
    this.#pieces = pieces;
  }

  #begin(): Pass {
    const hash = this.#newHash();
    hash.update(encodeObjectPrefix(OBJECT_BLOB, this.size));
    return { stream: this.#openStream(), hash, pieces: [] };
  }
}
