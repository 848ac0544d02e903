import { cleanText } from '../../base/clean-text.ts';
import { GUEST_MARK } from './guest-words.ts';

/** At most so many lines, and so many characters of each, are read. */
const MAX_LINES = 1000;
const MAX_LINE = 300;

const NO_MEMORY = /heap out of memory|process out of memory|out of memory|allocation failed/i;
const FATAL = /^(?:Fatal |FATAL ERROR|Error: |.{0,200}Assertion)/;

/**
 * What Node or V8 wrote before it gave up, as one line; undefined if that explains nothing. A guest may have
 * written it, so it is marked as a guest's.
 * @param memory of the guest, in MiB
 */
export function explainFatal(stderr: string, memory: number): string | undefined {
  // V8 puts a `#` before each.
  const lines = stderr
    .split('\n', MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE).replace(/^#/, '').trim());
  if (lines.some((line) => NO_MEMORY.test(line))) {
    return `the guest ran out of memory (--mem=${memory})`;
  }
  const fatal = lines.find((line) => FATAL.test(line));
  return fatal === undefined ? undefined : `${GUEST_MARK}${cleanText(fatal)}`;
}
