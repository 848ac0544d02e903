/** A path of a request that no file can have, or that tries to lead out of the site. */
export const BAD_PATH = Symbol('bad path');

/**
 * The path that a request's target means: from the root, decoded, without doubled slashes; a slash at the end
 * stays. Paths with `..`, NUL, a backslash or an encoded slash are refused, whoever else might have
 * normalized them before.
 * @param target path and query as they were sent, or a whole address as proxies send it
 */
export function parseTarget(
  target: string,
): { readonly path: string; readonly query: string } | typeof BAD_PATH {
  const relative = /^https?:\/\/[^/?#]*/i.exec(target);
  const local = relative === null ? target : target.slice(relative[0].length) || '/';
  if (!local.startsWith('/')) return BAD_PATH;
  const end = local.search(/[?#]/);
  const encoded = end < 0 ? local : local.slice(0, end);
  const query = end < 0 ? '' : (/\?[^#]*/.exec(local.slice(end))?.[0] ?? '');
  if (/%2f|%5c|\\/i.test(encoded)) return BAD_PATH;
  let decoded: string;
  try {
    decoded = decodeURIComponent(encoded);
  } catch {
    return BAD_PATH;
  }
  if (decoded.includes('\0')) return BAD_PATH;
  const segments = decoded.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return BAD_PATH;
  const isFolder = /(^|\/)\.?$/.test(decoded) && segments.length > 0;
  return { path: `/${segments.join('/')}${isFolder ? '/' : ''}`, query };
}

/** Whether some name begins with a dot; `.well-known`, which is made to be seen, does not count. */
export function hasDotName(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.') && name !== '.well-known');
}

/** A path as an address: never one that begins with `//`, which would be another host. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((name) => encodeURIComponent(name).replace(/%40/g, '@'))
    .join('/');
}
