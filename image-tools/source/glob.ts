import { decodeLatin1 } from '#format';
import { ToolError } from '../base/errors.ts';

/**
 * A test of relative paths against globs, on bytes: `*` and `?` stop at a `/`, `**` does not,
 * `[abc]`, `[a-z]`, `[!a]`, and `\` before a character that means itself. A glob without a `/`
 * (but at its end) matches a name at any depth, `/name` and `./name` at the top; a trailing `/`
 * matches folders only. What is below an excluded folder is never looked at.
 * @throws ToolError USAGE for a range that runs backwards
 */
export function compileGlobs(
  globs: readonly string[],
): (relativePath: Uint8Array, isFolder: boolean) => boolean {
  const tests = globs.map((glob) => {
    const foldersOnly = glob.endsWith('/');
    // Paths are compared byte for byte, and latin1 gives each byte one character.
    const text = Buffer.from(glob.replace(/\/+$/, '').replace(/^\.\//, '/')).toString('latin1');
    const anchored = text.includes('/');
    const body = translate(text.replace(/^\//, ''));
    try {
      return { foldersOnly, regexp: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${body}$`, 's') };
    } catch (error) {
      throw new ToolError('USAGE', `${glob}: no glob: a range that runs backwards`, error);
    }
  });
  return (relativePath, isFolder) => {
    if (tests.length === 0) return false;
    const path = decodeLatin1(relativePath);
    return tests.some(({ foldersOnly, regexp }) => (isFolder || !foldersOnly) && regexp.test(path));
  };
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[(?:([!^])|(?![!^]))(\][^\]]*|[^\]]+)\]|\\(.)|(.)/gs;

function translate(glob: string): string {
  return glob.replace(TOKEN, (token, negated?: string, set?: string, escaped?: string) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (set !== undefined) {
      return `(?!/)[${negated === undefined ? '' : '^'}${set.replace(/[\\\]^[]/g, '\\$&')}]`;
    }
    return (escaped ?? token).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
}
