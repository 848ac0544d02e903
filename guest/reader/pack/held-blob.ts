import {
  allocateBytes,
  type ByteSource,
  encodeObjectPrefix,
  equalBytes,
  type Inflater,
  type NewHash,
  OBJECT_BLOB,
  type Oid,
} from '#format';
import { type BlobPlace, wrongObject } from './checked-blob.ts';
import { fillFromPieces, PIECE } from './pieces.ts';

/** What a {@link HeldBlob} is read with. */
export interface HeldBlobOptions {
  readonly inflater: Inflater;
  readonly newHash: NewHash;
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
  readonly #pack: ByteSource;
  readonly #place: BlobPlace;
  readonly #options: HeldBlobOptions;
  #pieces: (Uint8Array | undefined)[] = [];

  /** @throws FormatError BAD_HASH, BAD_ZLIB, TRUNCATED, LIMIT where memory is short */
  constructor(pack: ByteSource, place: BlobPlace, options: HeldBlobOptions) {
    this.size = place.size;
    this.oid = place.oid.slice();
    this.#pack = pack;
    this.#place = { ...place, oid: this.oid };
    this.#options = options;
    this.#load();
  }

  /** Whether no piece of it has been given away. */
  get isWhole(): boolean {
    return !this.#pieces.includes(undefined);
  }

  /**
   * At most `length` bytes from `offset`, for the caller to keep.
   * @throws FormatError as the constructor
   */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(offset, this.size);
    const end = Math.min(start + length, this.size);
    const first = Math.floor(start / PIECE);
    for (let number = first; number * PIECE < end; number++) {
      if (this.#pieces[number] === undefined) this.#load();
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

  /** Inflates all of it, and keeps that only if it has its id. */
  #load(): void {
    this.#pieces.fill(undefined);
    const { dataOffset, size, oid } = this.#place;
    const { inflater, newHash } = this.#options;
    const hash = newHash();
    hash.update(encodeObjectPrefix(OBJECT_BLOB, size));
    const pieces: Uint8Array[] = [];
    let at = 0;
    inflater.inflateStream(this.#pack, dataOffset, size, (bytes) => {
      hash.update(bytes);
      for (let done = 0; done < bytes.length; ) {
        if (at % PIECE === 0) pieces.push(allocateBytes(Math.min(PIECE, size - at), dataOffset));
        const piece = pieces[pieces.length - 1] as Uint8Array;
        const part = bytes.subarray(done, done + piece.length - (at % PIECE));
        piece.set(part, at % PIECE);
        done += part.length;
        at += part.length;
      }
    });
    if (!equalBytes(hash.digest(), oid)) throw wrongObject(dataOffset, oid);
    this.#pieces = pieces;
  }
}
