/**
 * What a reader makes of a defect:
 * - codes of FormatError, joined by `+`: calls fail with them, and all that other calls give is
 *   right;
 * - `unseen`: everything reads as from a sound image;
 * - `wrong data`: a file is not what its id says, for the reader does not compare them.
 */
type Outcome = string;

/** One way in which an image can be wrong, and what each reader makes of it. */
export interface Defect {
  readonly name: string;
  readonly image: () => Uint8Array;
  /** Opening it and looking up every id that its IDX holds; `unseen` if absent. */
  readonly open?: Outcome;
  readonly lazy: Outcome;
  /** As `lazy` if absent. */
  readonly eager?: Outcome;
  /** As `eager` if absent. */
  readonly analyze?: Outcome;
  /** By the readers `lazy` and `eager` that check ids; as without if absent. */
  readonly checked?: Outcome;
  /** As `analyze` if absent. */
  readonly verify?: Outcome;
}
