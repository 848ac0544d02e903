import type { Range } from '../range.ts';
import type { RemoteSource } from '../remote-source.ts';
import { LINE_BYTES, type LineFiles } from './line-files.ts';

/** The same image; what is read of it is kept in files, and taken from there the next time. */
export function keepInFiles(source: RemoteSource, files: LineFiles): RemoteSource {
  const { shown, size, version } = source;
  let isOpen = true;

  /** Fetches lines that lie side by side. */
  async function fetchRun(first: number, last: number, lines: Map<number, Uint8Array>) {
    const start = first * LINE_BYTES;
    const bytes = await source.read({ start, end: Math.min(size, (last + 1) * LINE_BYTES) });
    for (let line = first; line <= last; line += 1) {
      const at = line * LINE_BYTES - start;
      const content = bytes.subarray(at, at + LINE_BYTES);
      lines.set(line, content);
      if (isOpen) files.write(line, content);
    }
  }

  return {
    shown,
    size,
    version,
    async read({ start, end }: Range) {
      const lines = new Map<number, Uint8Array>();
      const fetches: Promise<void>[] = [];
      const last = Math.ceil(end / LINE_BYTES) - 1;
      let missing: number | undefined;
      for (let line = Math.floor(start / LINE_BYTES); line <= last + 1; line += 1) {
        const found = line > last || !isOpen ? undefined : files.read(line);
        if (found !== undefined) lines.set(line, found);
        const isMissing = line <= last && found === undefined;
        if (isMissing) missing ??= line;
        else if (missing !== undefined) {
          fetches.push(fetchRun(missing, line - 1, lines));
          missing = undefined;
        }
      }
      for (const fetched of await Promise.allSettled(fetches)) {
        if (fetched.status === 'rejected') throw fetched.reason;
      }
      const bytes = new Uint8Array(end - start);
      for (const [line, content] of lines) {
        const at = line * LINE_BYTES - start;
        const from = Math.max(0, -at);
        bytes.set(content.subarray(from, from + end - start - Math.max(0, at)), Math.max(0, at));
      }
      return bytes;
    },
    close() {
      isOpen = false;
      files.close();
      source.close();
    },
  };
}
