import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { TraceMap } from '@jridgewell/trace-mapping';
import { loadLater } from '../base/load-later.ts';

/** Larger maps are not read, in bytes: it comes from wherever the guest comes from. */
const MAX_BYTES = 16 * 2 ** 20;
/** Characters of a source's name that are shown. */
const MAX_NAME = 300;
const PLACE = /guest\.js:(\d{1,9}):(\d{1,9})/g;
/** What the bundler puts around an app, and the library: noise in a stack. */
const NOT_THE_APP = /^(?:docteur:|<stdin>)/;

/** Finds places of a guest's script in the sources that it was built of. */
export interface SourceMap {
  /** `text` with the places that it names as `guest.js:LINE:COLUMN` replaced by those in the sources. */
  translate(text: string): string;
  /** Whether a line of a stack names a place in the app, or in a package of it. */
  isOfApp(line: string): boolean;
}

/**
 * Reads the source map beside a guest, `FILE.map`. No file that it names is opened.
 * @returns undefined if there is no map, or it is not valid
 */
export function readSourceMap(guest: string): SourceMap | undefined {
  const file = `${guest}.map`;
  // Most guests end without an error, and never pay for this.
  const { originalPositionFor } = loadLater('@jridgewell/trace-mapping');
  let map: TraceMap;
  try {
    map = parseMap(readSmallFile(file));
  } catch {
    return undefined;
  }
  function find(line: string, column: string): { source: string; place: string } | undefined {
    const at = { line: Math.max(1, Number(line)), column: Math.max(0, Number(column) - 1) };
    const found = originalPositionFor(map, at);
    if (typeof found.source !== 'string') return undefined;
    const source = found.source.slice(0, MAX_NAME);
    const name = NOT_THE_APP.test(source) ? source : shorten(resolve(dirname(file), source));
    return { source, place: `${name}:${found.line}:${found.column + 1}` };
  }
  return {
    translate: (text) =>
      text.replace(PLACE, (place, line, column) => find(line, column)?.place ?? place),
    isOfApp(text) {
      const [, line, column] = [...text.matchAll(PLACE)][0] ?? [];
      if (line === undefined || column === undefined) return false;
      const found = find(line, column);
      return found !== undefined && !NOT_THE_APP.test(found.source);
    },
  };
}

/** A path from here, where that is shorter. */
function shorten(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') && near.length > path.length ? path : near;
}

/** NONBLOCK, so that a FIFO is not waited for. */
function readSmallFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new RangeError('not a map of ours');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Takes the fields that are needed, if they are valid. @throws if they are not */
function parseMap(text: string): TraceMap {
  const { version, sources, mappings } = JSON.parse(text) as Record<string, unknown>;
  if (version !== 3 || typeof mappings !== 'string' || !Array.isArray(sources)) {
    throw new TypeError('not a map');
  }
  const names = sources.map((source) => (typeof source === 'string' ? source : null));
  const { originalPositionFor, TraceMap } = loadLater('@jridgewell/trace-mapping');
  const map = new TraceMap({ version: 3, sources: names, names: [], mappings });
  // Decoded here, where errors are caught.
  originalPositionFor(map, { line: 1, column: 0 });
  return map;
}
