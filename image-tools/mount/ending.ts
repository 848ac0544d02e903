import type { Libc } from '../../tender/native/libc.ts';

const ANSWER_BYTES = 256;

/** How a served mount is taken away: by the watcher, which has the rights that this process gave up. */
export class Ending {
  readonly #libc: Libc;
  readonly #watcher: number;
  readonly #directory: string;
  readonly #say: (text: string) => void;
  readonly #answer = new ArrayBuffer(ANSWER_BYTES);
  #text = '';
  #isWatched = true;

  /** @param watcher its socket: see `watcher.ts` */
  constructor(libc: Libc, watcher: number, directory: string, say: (text: string) => void) {
    this.#libc = libc;
    this.#watcher = watcher;
    this.#directory = directory;
    this.#say = say;
  }

  /** What the watcher is heard on; none, once it is gone. */
  get descriptors(): readonly number[] {
    return this.#isWatched ? [this.#watcher] : [];
  }

  /** Takes the mount away. Where somebody uses it, that is said, and it stays for those alone. */
  unmount(): void {
    if (!this.#tell('unmount')) this.#say(`cannot unmount ${this.#directory}: umount it`);
  }

  /** There is nothing more to watch. */
  finish(): void {
    this.#tell('done');
  }

  /** Hears what the watcher has answered. */
  hear(): void {
    const address = this.#libc.address(this.#answer);
    const length = this.#libc.raw('read', this.#watcher, address, ANSWER_BYTES);
    if (length <= 0) this.#isWatched = false;
    else this.#text += Buffer.from(this.#answer, 0, length).toString('latin1');
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    if (!lines.includes('busy')) return;
    this.#say(
      `${this.#directory} is in use: it is detached, and served until its last file is closed`,
    );
    this.#tell('detach');
  }

  #tell(order: string): boolean {
    const bytes = Buffer.from(`${order}\n`);
    const line = new Uint8Array(new ArrayBuffer(bytes.length));
    line.set(bytes);
    return this.#libc.raw('write', this.#watcher, this.#libc.address(line.buffer), line.length) > 0;
  }
}
