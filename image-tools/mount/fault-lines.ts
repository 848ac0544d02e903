import { FormatError } from '#format';

/** So many different faults are told; a damaged image may have one for each of its files. */
const MOST = 100;

/** Makes a line of each fault that was not told before; undefined for the others. */
export class FaultLines {
  readonly #told = new Set<string>();

  lineOf(error: unknown, name: Uint8Array): string | undefined {
    const text = error instanceof Error ? error.message : String(error);
    const of = name.length > 0 ? `'${Buffer.from(name).toString()}': ` : '';
    const kind = error instanceof FormatError ? '' : 'unexpected: ';
    const line = `${of}${kind}${text}`;
    if (this.#told.size > MOST || this.#told.has(line)) return undefined;
    this.#told.add(line);
    return this.#told.size > MOST ? 'more faults; they are not shown' : line;
  }
}
