/** A file to be written. */
export interface FileTask {
  /** Its path in the image. */
  readonly source: Uint8Array;
  /** Where it goes, below the staging folder. */
  readonly target: Uint8Array;
  readonly executable: boolean;
}

/** Files to be written, in columns that threads share. */
export interface FileTasks {
  readonly count: number;
  /** Sources and targets, one behind the other. */
  readonly bytes: Uint8Array;
  /** Of each file where its source ends and its target ends; each begins where the one before ends. */
  readonly ends: Uint32Array;
  readonly executable: Uint8Array;
  /** One number: files that some thread has taken. */
  readonly taken: Int32Array;
}

/** Most files of a batch, and most bytes of their paths. */
const MAX_FILES = 0x10000;
const MAX_BYTES = 0x2000000;

/** Files as a walk meets them; they are taken out in the order of their places in the image. */
export class FileBatch {
  readonly #tasks: FileTask[] = [];
  readonly #places: number[] = [];
  #bytes = 0;

  get isFull(): boolean {
    return this.#tasks.length >= MAX_FILES || this.#bytes >= MAX_BYTES;
  }

  get count(): number {
    return this.#tasks.length;
  }

  /** Keeps the bytes of the task. @param place as NodeTree gives it */
  add(task: FileTask, place: number): void {
    this.#tasks.push(task);
    this.#places.push(place);
    this.#bytes += task.source.length + task.target.length;
  }

  /** Takes all files out. */
  take(): FileTasks {
    const order = Uint32Array.from(this.#tasks.keys());
    order.sort((a, b) => (this.#places[a] as number) - (this.#places[b] as number));
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#bytes));
    const ends = new Uint32Array(new SharedArrayBuffer(8 * order.length));
    const executable = new Uint8Array(new SharedArrayBuffer(order.length));
    let length = 0;
    for (let i = 0; i < order.length; i++) {
      const { source, target, executable: runs } = this.#tasks[order[i] as number] as FileTask;
      bytes.set(source, length);
      length += source.length;
      ends[2 * i] = length;
      bytes.set(target, length);
      length += target.length;
      ends[2 * i + 1] = length;
      executable[i] = runs ? 1 : 0;
    }
    const count = order.length;
    this.#tasks.length = 0;
    this.#places.length = 0;
    this.#bytes = 0;
    const taken = new Int32Array(new SharedArrayBuffer(4));
    return { count, bytes, ends, executable, taken };
  }
}

/** The file `i` of some; its bytes are a copy. */
export function taskAt({ bytes, ends, executable }: FileTasks, i: number): FileTask {
  const middle = ends[2 * i] as number;
  return {
    source: bytes.slice(i === 0 ? 0 : ends[2 * i - 1], middle),
    target: bytes.slice(middle, ends[2 * i + 1]),
    executable: executable[i] === 1,
  };
}
