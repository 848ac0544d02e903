import { OID_LENGTH } from '#format';

/** A file to be written. */
export interface FileTask {
  /** Its path in the image, for messages. */
  readonly source: Uint8Array;
  /** Where it goes, below the staging folder. */
  readonly target: Uint8Array;
  readonly executable: boolean;
  /** Where its object is, as NodeTree gives it. */
  readonly place: number;
  /** The object's id, where content is compared with that. */
  readonly id: Uint8Array | undefined;
  /** Bytes of its content; undefined if that is not known yet. */
  readonly size: number | undefined;
}

/** Files to be written, in columns that threads share. */
export interface FileTasks {
  readonly count: number;
  /** Sources and targets, one behind the other. */
  readonly bytes: Uint8Array;
  /** Of each file where its source begins, where its target does, and where that ends. */
  readonly bounds: Uint32Array;
  readonly executable: Uint8Array;
  readonly places: Float64Array;
  /** Empty where no content is compared. */
  readonly ids: Uint8Array;
  /** NaN where a size is not known. */
  readonly sizes: Float64Array;
  /** One number: files that some thread has taken. */
  readonly taken: Int32Array;
}

/** Most files of a batch, and most bytes of their paths. */
const MAX_FILES = 0x10000;
const MAX_BYTES = 0x2000000;
/** Places below this can be sorted together with the number of a file. */
const MAX_PLACE = 2 ** 53 / MAX_FILES;
const FIRST_BYTES = 0x10000;
const BOUNDS = 3;

/** Files as a walk meets them; they are taken out in the order of their places in the image. */
export class FileBatch {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #count = 0;
  #contentBytes = 0;
  readonly #bounds = new Uint32Array(BOUNDS * MAX_FILES);
  readonly #executable = new Uint8Array(MAX_FILES);
  readonly #places = new Float64Array(MAX_FILES);
  /** Made for the first file that has one. */
  #ids = new Uint8Array(0);
  readonly #sizes = new Float64Array(MAX_FILES);

  get isFull(): boolean {
    return this.#count >= MAX_FILES || this.#length >= MAX_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of the contents whose sizes are known. */
  get contentBytes(): number {
    return this.#contentBytes;
  }

  /** Copies a task, unless the batch is full. */
  add({ source, target, executable, place, id, size }: FileTask): void {
    if (this.#count === MAX_FILES) throw new RangeError('the batch is full');
    const at = this.#count++;
    const start = this.#length;
    const middle = start + source.length;
    const end = middle + target.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(2 * end);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(source, start);
    this.#bytes.set(target, middle);
    this.#length = end;
    const bounds = this.#bounds;
    bounds[BOUNDS * at] = start;
    bounds[BOUNDS * at + 1] = middle;
    bounds[BOUNDS * at + 2] = end;
    this.#executable[at] = executable ? 1 : 0;
    this.#places[at] = place;
    this.#sizes[at] = size ?? Number.NaN;
    this.#contentBytes += size ?? 0;
    if (id === undefined) return;
    if (this.#ids.length === 0) this.#ids = new Uint8Array(OID_LENGTH * MAX_FILES);
    this.#ids.set(id, OID_LENGTH * at);
  }

  /** Takes all files out. */
  take(): FileTasks {
    const count = this.#count;
    const order = orderOf(this.#places.subarray(0, count));
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#length));
    bytes.set(this.#bytes.subarray(0, this.#length));
    const bounds = new Uint32Array(new SharedArrayBuffer(4 * BOUNDS * count));
    const executable = new Uint8Array(new SharedArrayBuffer(count));
    const places = new Float64Array(new SharedArrayBuffer(8 * count));
    const idLength = this.#ids.length === 0 ? 0 : OID_LENGTH;
    const ids = new Uint8Array(new SharedArrayBuffer(idLength * count));
    const sizes = new Float64Array(new SharedArrayBuffer(8 * count));
    for (let to = 0; to < count; to++) {
      const from = order[to] as number;
      for (let i = 0; i < BOUNDS; i++) {
        bounds[BOUNDS * to + i] = this.#bounds[BOUNDS * from + i] as number;
      }
      for (let i = 0; i < idLength; i++) {
        ids[OID_LENGTH * to + i] = this.#ids[OID_LENGTH * from + i] as number;
      }
      executable[to] = this.#executable[from] as number;
      places[to] = this.#places[from] as number;
      sizes[to] = this.#sizes[from] as number;
    }
    this.#count = 0;
    this.#length = 0;
    this.#contentBytes = 0;
    const taken = new Int32Array(new SharedArrayBuffer(4));
    return { count, bytes, bounds, executable, places, ids, sizes, taken };
  }
}

/** The numbers of files by rising places: numbers that are sorted as such take a tenth of the time. */
function orderOf(places: Float64Array): Uint32Array {
  let most = 0;
  for (const place of places) most = Math.max(most, place);
  const scale = 2 ** Math.max(0, Math.ceil(Math.log2((most + 1) / MAX_PLACE)));
  const keys = places.map((place, i) => Math.floor(place / scale) * MAX_FILES + i).sort();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < order.length; i++) order[i] = (keys[i] as number) % MAX_FILES;
  return order;
}

/** The file `i` of some; its bytes are borrowed. */
export function taskAt(tasks: FileTasks, i: number): FileTask {
  const { bytes, bounds, executable, places, ids, sizes } = tasks;
  const [start, middle, end] = bounds.subarray(BOUNDS * i, BOUNDS * i + BOUNDS);
  const size = sizes[i] as number;
  return {
    source: bytes.subarray(start, middle),
    target: bytes.subarray(middle, end),
    executable: executable[i] === 1,
    place: places[i] as number,
    id: ids.length === 0 ? undefined : ids.subarray(OID_LENGTH * i, OID_LENGTH * (i + 1)),
    size: Number.isNaN(size) ? undefined : size,
  };
}
