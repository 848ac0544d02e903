import { cleanText } from '../base/clean-text.ts';
import { readSourceMap, type SourceMap } from './source-map.ts';

/** The places that a guest's errors name, as its app's author knows them. */
export interface GuestPlaces {
  /** A line with its places in the app's own files, harmless for a terminal. */
  translate(line: string): string;
  /** A stack likewise, as far as the app's own code reaches; nothing where nobody knows its places. */
  stack(frames: readonly string[]): string[];
}

/** Finds places of the guest in `file`. Its source map is read when the first place is named. */
export function createPlaces(file: string): GuestPlaces {
  let map: SourceMap | undefined | null = null;
  function open(): SourceMap | undefined {
    if (map === null) map = readSourceMap(file);
    return map;
  }
  return {
    translate: (line) =>
      line.includes('guest.js:') ? cleanText(open()?.translate(line) ?? line) : line,
    stack(frames) {
      const found = open();
      if (found === undefined) return [];
      const last = frames.findLastIndex((frame) => found.isOfApp(frame));
      return frames.slice(0, last + 1).map((frame) => cleanText(found.translate(frame)));
    },
  };
}
