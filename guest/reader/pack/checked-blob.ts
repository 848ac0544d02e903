import {
  encodeObjectPrefix,
  equalBytes,
  FormatError,
  type Hash,
  type NewHash,
  OBJECT_BLOB,
  OID_LENGTH,
  type Oid,
  oidToHex,
  type PackOffset,
  type PartReader,
} from '#format';
import { fillFromPieces, PIECE } from './pieces.ts';

/** Which blob a {@link CheckedBlob} is: where its zlib stream begins, its size in bytes, its id. */
export interface BlobPlace {
  readonly dataOffset: PackOffset;
  readonly size: number;
  readonly oid: Oid;
}

/**
 * An undeltified blob that is read in part, checked, and never held whole. It is read through once to
 * compare it with its id, and the hash of every piece is kept: what is given later is read again, and
 * must have those. So not even a disk that answers differently the second time gets a byte through.
 */
export class CheckedBlob {
  readonly dataOffset: PackOffset;
  readonly size: number;
  readonly oid: Oid;
  readonly #newHash: NewHash;
  /** The hash of each piece, one behind the other. */
  readonly #hashes: Uint8Array;
  /** The hash of all bytes before `#hashed`; undefined once all of it was compared. */
  #whole: Hash | undefined;
  #hashed = 0;
  readonly #stream: PartReader;
  /** The piece that was read last, and its number. */
  #piece: Uint8Array = new Uint8Array(0);
  #number = -1;

  /** `stream` is its own, and nobody else's. */
  constructor(stream: PartReader, { dataOffset, size, oid }: BlobPlace, newHash: NewHash) {
    this.dataOffset = dataOffset;
    this.size = size;
    this.oid = oid.slice();
    this.#newHash = newHash;
    this.#hashes = new Uint8Array(Math.ceil(size / PIECE) * OID_LENGTH);
    this.#whole = newHash();
    this.#whole.update(encodeObjectPrefix(OBJECT_BLOB, size));
    this.#stream = stream;
  }

  /**
   * Compares all of it with its id, once, before anything is read. Where the source throws, the next call goes
   * on from there; after a FormatError this blob is of no more use.
   * @throws FormatError BAD_HASH, BAD_ZLIB, TRUNCATED
   */
  verify(): void {
    const whole = this.#whole;
    if (whole === undefined) return;
    const buffer = new Uint8Array(Math.min(PIECE, this.size));
    while (this.#hashed < this.size) {
      const piece = buffer.subarray(0, this.size - this.#hashed);
      this.#stream.readInto(piece, this.#hashed);
      whole.update(piece);
      this.#hashes.set(this.#hash(piece), (this.#hashed / PIECE) * OID_LENGTH);
      this.#hashed += piece.length;
    }
    if (!equalBytes(whole.digest(), this.oid)) throw wrongObject(this.dataOffset, this.oid);
    this.#whole = undefined;
    // What is read later is right perhaps only after another try: no place of it is remembered.
    this.#stream.freeze();
  }

  /**
   * At most `length` bytes from `offset`, in a new buffer, of a blob that was verified.
   * @throws FormatError BAD_HASH, BAD_ZLIB, TRUNCATED
   */
  read(offset: number, length: number): Uint8Array {
    const start = Math.min(offset, this.size);
    const part = new Uint8Array(Math.min(length, this.size - start));
    fillFromPieces(part, start, (number) => this.#pieceOf(number));
    return part;
  }

  #pieceOf(number: number): Uint8Array {
    if (number === this.#number) return this.#piece;
    const at = number * PIECE;
    this.#number = -1;
    const piece = new Uint8Array(Math.min(PIECE, this.size - at));
    this.#readAgain(piece, at);
    const hash = this.#hashes.subarray(number * OID_LENGTH, (number + 1) * OID_LENGTH);
    if (!equalBytes(this.#hash(piece), hash)) {
      this.#stream.goBack();
      throw wrongObject(this.dataOffset, this.oid);
    }
    this.#piece = piece;
    this.#number = number;
    return piece;
  }

  /** All of it was right once: what is no zlib stream any more is another object. */
  #readAgain(piece: Uint8Array, at: number): void {
    try {
      this.#stream.readInto(piece, at);
    } catch (error) {
      if (!(error instanceof FormatError && error.code === 'BAD_ZLIB')) throw error;
      throw wrongObject(this.dataOffset, this.oid);
    }
  }

  #hash(bytes: Uint8Array): Uint8Array {
    const hash = this.#newHash();
    hash.update(bytes);
    return hash.digest();
  }
}

/** What there is to say of an object whose content does not have the id by which it was sought. */
export function wrongObject(offset: PackOffset, oid: Oid): FormatError {
  return new FormatError('BAD_HASH', 'the content does not match its id', {
    offset,
    oid: oidToHex(oid),
  });
}
