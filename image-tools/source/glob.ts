import { ToolError } from '../base/errors.ts';

const SLASH = 0x2f;

/** One step of a glob: what the next bytes of a path may be. */
interface Step {
  /**
   * `one` byte; `many` of them, or none; `folders`: any number of whole names, each with its slash.
   */
  readonly takes: 'one' | 'many' | 'folders';
  readonly matches: (byte: number) => boolean;
}

/**
 * A test of relative paths against globs, on bytes: `*` and `?` stop at a `/`, `**` does not,
 * `[abc]`, `[a-z]`, `[!a]`, and `\` before a character that means itself. A glob without a `/`
 * (but at its end) matches a name at any depth, `/name` and `./name` at the top; a trailing `/`
 * matches folders only. What is below an excluded folder is never looked at. A path takes at most
 * its length times the glob's, whatever either holds.
 * @throws ToolError USAGE for a range that runs backwards
 */
export function compileGlobs(
  globs: readonly string[],
): (relativePath: Uint8Array, isFolder: boolean) => boolean {
  const tests = globs.map((glob) => ({
    foldersOnly: glob.endsWith('/'),
    matches: compileGlob(glob),
  }));
  return (path, isFolder) =>
    tests.some(({ foldersOnly, matches }) => (isFolder || !foldersOnly) && matches(path));
}

function compileGlob(glob: string): (path: Uint8Array) => boolean {
  // Paths are compared byte for byte, and latin1 gives each byte one character.
  const text = Buffer.from(glob.replace(/\/+$/, '').replace(/^\.\//, '/')).toString('latin1');
  const body = text.replace(/^\//, '');
  if (text.includes('/')) return createMatcher(parseSteps(glob, body));
  if (body.includes('**')) return createMatcher(parseSteps(glob, `**/${body}`));
  const matches = createMatcher(parseSteps(glob, body));
  return (path) => matches(path.subarray(path.lastIndexOf(SLASH) + 1));
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[(?:([!^])|(?![!^]))(\][^\]]*|[^\]]+)\]|\\(.)|(.)/gs;

const isAny = () => true;
const isNoSlash = (byte: number) => byte !== SLASH;

/** @param glob as the user wrote it, for messages */
function parseSteps(glob: string, text: string): Step[] {
  return [...text.matchAll(TOKEN)].map(([token, negation, set, escaped]): Step => {
    if (token === '**/') return { takes: 'folders', matches: isAny };
    if (token === '**') return { takes: 'many', matches: isAny };
    if (token === '*') return { takes: 'many', matches: isNoSlash };
    if (token === '?') return { takes: 'one', matches: isNoSlash };
    if (set !== undefined) {
      const bytes = parseSet(glob, set);
      const wanted = negation === undefined;
      return { takes: 'one', matches: (byte) => byte !== SLASH && bytes.has(byte) === wanted };
    }
    const expected = (escaped ?? token).charCodeAt(0);
    return { takes: 'one', matches: (byte) => byte === expected };
  });
}

function parseSet(glob: string, set: string): ReadonlySet<number> {
  const bytes = new Set<number>();
  for (let i = 0; i < set.length; i++) {
    const first = set.charCodeAt(i);
    let last = first;
    if (set[i + 1] === '-' && i + 2 < set.length) {
      last = set.charCodeAt(i + 2);
      i += 2;
    }
    if (last < first) throw new ToolError('USAGE', `${glob}: not a glob: a range runs backwards`);
    for (let byte = first; byte <= last; byte++) bytes.add(byte);
  }
  return bytes;
}

/**
 * All steps that a path may have come to are followed side by side: to try one after the other takes
 * a time that grows with the path's length to the power of the stars.
 */
function createMatcher(steps: readonly Step[]): (path: Uint8Array) => boolean {
  const end = steps.length;
  let seen = new Uint8Array(end + 1);
  let next = new Uint8Array(end + 1);

  /** Enters a step, and the steps after it that may match nothing. */
  function enter(reached: Uint8Array, step: number): void {
    for (let at = step; reached[at] === 0; at++) {
      reached[at] = 1;
      if (at === end || steps[at]?.takes === 'one') return;
    }
  }

  return (path) => {
    seen.fill(0);
    enter(seen, 0);
    for (const byte of path) {
      next.fill(0);
      for (let at = 0; at < end; at++) {
        const step = steps[at] as Step;
        if (seen[at] === 0 || !step.matches(byte)) continue;
        if (step.takes === 'one') enter(next, at + 1);
        else if (step.takes === 'many') enter(next, at);
        else {
          // Within a name, which only its slash ends.
          next[at] = 1;
          if (byte === SLASH) enter(next, at + 1);
        }
      }
      [seen, next] = [next, seen];
    }
    return seen[end] === 1;
  };
}
