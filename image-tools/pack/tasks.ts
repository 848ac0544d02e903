import type { ObjectListData } from '../source/objects.ts';
import type { SearchOptions } from './levels.ts';
import type { EncodedSegment, SegmentInput } from './segment-encoder.ts';

/** What every worker is given at its start. */
export interface WorkerInput {
  readonly objects: ObjectListData;
  readonly search: SearchOptions;
}

/** A piece of the raw deflate stream of an object too large to be held. */
export interface DeflatePiece {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Adler-32 of the piece before compression. */
  readonly adler: number;
}

/** Work for a worker thread, by kind, with its result. */
export interface Tasks {
  /** Content sketches of the objects in some rows, SKETCH_SIZE numbers each. */
  sketch: { input: { rows: Uint32Array }; output: Uint32Array<ArrayBuffer> };
  /** The entries of one segment. */
  segment: { input: SegmentInput; output: EncodedSegment };
  /** Deflates one piece of a large object, which begins afresh. */
  deflate: {
    input: { piece: Uint8Array; last: boolean };
    output: DeflatePiece;
  };
}

export type TaskKind = keyof Tasks;

/** A task on its way to a worker. */
export type TaskRequest = {
  [Kind in TaskKind]: { readonly kind: Kind; readonly input: Tasks[Kind]['input'] };
}[TaskKind];

/** What a worker answers: a result, or why there is none. */
export type TaskAnswer =
  | { readonly ok: true; readonly output: Tasks[TaskKind]['output'] }
  | { readonly ok: false; readonly error: unknown; readonly changedRow?: number | undefined };
