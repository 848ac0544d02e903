/** What git says wherever the other side ended: the reason stands above it. */
const HUNG_UP =
  /^fatal: (?:Could not read from remote repository|the remote end hung up|early EOF|protocol error: )/i;
/** Advice that git prints after that for every remote that fails. */
const PLATITUDE =
  /^(?:Please make sure you have the correct access rights|and the repository exists\.)/;
/** Progress, of either side, and what ssh tells of hosts that it did not know. */
const CHATTER =
  /^(?:remote: )?(?:[A-Z][a-z]+ing (?:objects|deltas)\b|Compressing|Enumerating|Total \d|Warning: Permanently added|Cloning into|From )/;
const FAILED = /^(?:fatal|error|ERR|remote error|git): /;
const PREFIX = /^(?:remote: )?(?:fatal|error|ERROR|hint): |^remote: (?=\S)/;

/** Most characters of a message, and most lines of git's that are put into one. */
const MAX_LENGTH = 500;
const MAX_LINES = 6;

/**
 * Why git failed, in one line out of all that it wrote to stderr: its first complaint with what stands
 * indented or advised below, or, where the other side just ended, that side's own last words. Undefined
 * where it wrote nothing.
 */
export function reasonOf(stderr: string): string | undefined {
  // Progress overwrites itself.
  const lines = stderr
    .split(/[\n\r]/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !CHATTER.test(line) && !PLATITUDE.test(line));
  const own = lines.findIndex((line) => FAILED.test(line) && !HUNG_UP.test(line));
  // What ended the other side is the reason for all that this side then says.
  const theirs = lines.findIndex((line) => /^remote: (?:fatal|ERROR): /.test(line));
  const hungUp = lines.findIndex((line) => HUNG_UP.test(line));
  if (theirs !== -1) return inOneLine([lines[theirs] as string]);
  if (own !== -1 && (hungUp === -1 || own < hungUp)) return inOneLine(complaint(lines, own));
  // ssh, and servers through it, speak plainly, above.
  const above = lines.slice(0, hungUp === -1 ? undefined : hungUp).filter(isTelling);
  const loud = above.find((line) => line.startsWith('ERROR: '));
  const line = loud ?? above.at(-1) ?? lines[own] ?? lines[hungUp] ?? lines.at(-1);
  return line === undefined ? undefined : inOneLine([line]);
}

/** The line at `start`, and those that belong to it: up to the next complaint. */
function complaint(lines: readonly string[], start: number): string[] {
  const rest = lines.slice(start + 1);
  const next = rest.findIndex((line) => FAILED.test(line) || line.startsWith('remote: '));
  const below = next === -1 ? rest : rest.slice(0, next);
  return [lines[start] as string, ...below].slice(0, MAX_LINES);
}

/** Whether a line has words: not a frame of signs around them. */
function isTelling(line: string): boolean {
  return /[a-z]{3}/i.test(line.replace(/^remote: /, ''));
}

function inOneLine(lines: readonly string[]): string {
  const words = lines.map((line) => line.trim().replace(PREFIX, '')).filter((line) => line !== '');
  const joined = words.reduce((text, line) => `${text}${/[:;,.]$/.test(text) ? '' : ';'} ${line}`);
  return joined.length <= MAX_LENGTH ? joined : `${joined.slice(0, MAX_LENGTH - 3)}...`;
}
