/** Bytes of the pieces in which a large blob is checked or held; the last may be shorter. */
export const PIECE = 1 << 20;

/** Fills `part` with what begins at byte `start` of a blob, out of the pieces that `pieceOf` gives by number. */
export function fillFromPieces(
  part: Uint8Array,
  start: number,
  pieceOf: (number: number) => Uint8Array,
): void {
  for (let done = 0; done < part.length; ) {
    const number = Math.floor((start + done) / PIECE);
    const from = start + done - number * PIECE;
    const bytes = pieceOf(number).subarray(from, from + part.length - done);
    part.set(bytes, done);
    done += bytes.length;
  }
}
