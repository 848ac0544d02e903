import { FormatError } from '#format';
import { DiskError } from '../../guest/host/file-disk.ts';
import { HostError } from '../../tender/base/errors.ts';

/** So many different faults are told; a damaged image may have one for each of its files. */
const MOST = 100;

/** Makes a line of each fault that was not told before; undefined for the others. */
export class FaultLines {
  readonly #image: string;
  readonly #told = new Set<string>();

  /** @param image what lines begin with */
  constructor(image: string) {
    this.#image = image;
  }

  lineOf(error: unknown, name: Uint8Array): string | undefined {
    const words = describeFault(error, name);
    const line = words.startsWith(`${this.#image}: `) ? words : `${this.#image}: ${words}`;
    if (this.#told.size > MOST || this.#told.has(line)) return undefined;
    this.#told.add(line);
    return this.#told.size > MOST ? `${this.#image}: more faults; they are not shown` : line;
  }
}

/** One that is the image file's own is the same whichever file was wanted, and names the image itself. */
function describeFault(error: unknown, name: Uint8Array): string {
  if (error instanceof DiskError) return error.message.slice(error.message.indexOf('cannot '));
  const text = error instanceof Error ? error.message : String(error);
  // The image is elsewhere, and cannot be read now: which file was wanted does not matter.
  if (error instanceof HostError) return text;
  const of = name.length > 0 ? `'${Buffer.from(name).toString()}': ` : '';
  return `${of}${error instanceof FormatError ? '' : 'unexpected: '}${text}`;
}
