import { pathToFileURL } from 'node:url';
import { addressIn, type ModuleAddress } from './module-address.ts';
import { moduleError, refuseSeparators } from './module-errors.ts';
import type { Package } from './package-scopes.ts';

/** Where `exports` or `imports` lead: into the package, or (for `imports`) to another one by its name. */
export type PackageTarget = ModuleAddress | { readonly specifier: string };

/** The package whose targets these are. */
type Place = Pick<Package, 'folder' | 'shown'>;

/** Segments that would lead out of the package, or into packages that it has installed. */
const UNSAFE =
  /(^|\\|\/)((\.|%2e)(\.|%2e)?|(n|%6e|%4e)(o|%6f|%4f)(d|%64|%44)(e|%65|%45)(_|%5f)(m|%6d|%4d)(o|%6f|%4f)(d|%64|%44)(u|%75|%55)(l|%6c|%4c)(e|%65|%45)(s|%73|%53))(\\|\/|$)/i;

/** Whatever {@link UNSAFE} finds has one of these, and to look for them is less than to compile that. */
const MAYBE_UNSAFE = /(^|[\\/])\.|[%\\]|node_modules/i;

function isUnsafe(text: string): boolean {
  return MAYBE_UNSAFE.test(text) && UNSAFE.test(text);
}

/**
 * Finds what a package exports as `subpath` (`.` or `./name`), by the rules of Node's documentation (ECMAScript
 * modules, "Resolution Algorithm Specification").
 * @throws URIError; ERR_PACKAGE_PATH_NOT_EXPORTED, ERR_INVALID_PACKAGE_TARGET, ERR_INVALID_PACKAGE_CONFIG
 */
export function resolveExports(
  { folder, shown, exports }: Package,
  subpath: string,
  conditions: ReadonlySet<string>,
): ModuleAddress {
  const table = exportsTable(exports, shown);
  const found = matchKey(table, subpath);
  const target =
    found && resolveTarget({ folder, shown }, found.target, found.rest, conditions, subpath, false);
  if (target !== undefined && target !== null && 'path' in target) return target;
  const what =
    subpath === '.'
      ? 'No "exports" main defined'
      : `Package subpath '${subpath}' is not defined by "exports"`;
  throw moduleError('ERR_PACKAGE_PATH_NOT_EXPORTED', `${what} in ${shown}`);
}

/** The same of a specifier that begins with `#`. @throws ERR_PACKAGE_IMPORT_NOT_DEFINED and the like */
export function resolveImports(
  { folder, shown, imports }: Package,
  specifier: string,
  conditions: ReadonlySet<string>,
): PackageTarget {
  const found = matchKey((imports ?? {}) as Record<string, unknown>, specifier);
  const target =
    found &&
    resolveTarget({ folder, shown }, found.target, found.rest, conditions, specifier, true);
  if (target !== undefined && target !== null) return target;
  throw moduleError(
    'ERR_PACKAGE_IMPORT_NOT_DEFINED',
    `Package import specifier "${specifier}" is not defined in package ${shown}`,
  );
}

/** `exports` as an object of subpaths, whatever short form it was written in. */
function exportsTable(exports: unknown, shown: string): Record<string, unknown> {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) {
    return { '.': exports };
  }
  const keys = Object.keys(exports);
  const paths = keys.filter((key) => key.startsWith('.')).length;
  if (paths === 0) return { '.': exports };
  if (paths === keys.length) return exports as Record<string, unknown>;
  throw moduleError(
    'ERR_INVALID_PACKAGE_CONFIG',
    `Invalid package config ${shown}: "exports" cannot contain some keys starting with '.' and some not`,
  );
}

/** The entry for a key: its own, or the pattern that has the longest part before its `*`. */
function matchKey(
  table: Readonly<Record<string, unknown>>,
  key: string,
): { readonly target: unknown; readonly rest: string | undefined } | undefined {
  if (Object.hasOwn(table, key) && !key.includes('*') && !key.endsWith('/')) {
    return { target: table[key], rest: undefined };
  }
  let best:
    | { readonly pattern: string; readonly before: number; readonly rest: string }
    | undefined;
  for (const pattern of Object.keys(table)) {
    const before = pattern.indexOf('*');
    if (before < 0 || pattern.indexOf('*', before + 1) >= 0) continue;
    const after = pattern.slice(before + 1);
    if (key.length < pattern.length || !key.startsWith(pattern.slice(0, before))) continue;
    if (!key.endsWith(after)) continue;
    const isBetter =
      best === undefined ||
      before > best.before ||
      (before === best.before && pattern.length > best.pattern.length);
    if (isBetter) best = { pattern, before, rest: key.slice(before, key.length - after.length) };
  }
  return best && { target: table[best.pattern], rest: best.rest };
}

function resolveTarget(
  place: Place,
  target: unknown,
  rest: string | undefined,
  conditions: ReadonlySet<string>,
  key: string,
  isImports: boolean,
): PackageTarget | null | undefined {
  if (typeof target === 'string') {
    return resolveText(place, target, rest, key, isImports, conditions.has('require'));
  }
  if (target === null) return null;
  if (Array.isArray(target)) {
    // Nothing, or what the last one that did not fit was: null, or an error.
    let last: unknown = target.length === 0 ? null : undefined;
    for (const one of target) {
      try {
        const found = resolveTarget(place, one, rest, conditions, key, isImports);
        if (found !== undefined && found !== null) return found;
        if (found === null) last = null;
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_INVALID_PACKAGE_TARGET') throw error;
        last = error;
      }
    }
    if (last !== undefined && last !== null) throw last;
    return last as null | undefined;
  }
  if (typeof target !== 'object') throw invalidTarget(place, target, key);
  const conditional = Object.entries(target as Record<string, unknown>);
  if (conditional.some(([condition]) => /^(0|[1-9]\d{0,9})$/.test(condition))) {
    throw moduleError(
      'ERR_INVALID_PACKAGE_CONFIG',
      `Invalid package config ${place.shown}: "exports" cannot contain numeric property keys`,
    );
  }
  for (const [condition, one] of conditional) {
    if (condition !== 'default' && !conditions.has(condition)) continue;
    const found = resolveTarget(place, one, rest, conditions, key, isImports);
    if (found !== undefined) return found;
  }
  return undefined;
}

function resolveText(
  place: Place,
  target: string,
  rest: string | undefined,
  key: string,
  isImports: boolean,
  isRequire: boolean,
): PackageTarget {
  if (!target.startsWith('./')) {
    const isName = isImports && !/^(\.\.?)?\//.test(target) && !URL.canParse(target);
    if (isName) return { specifier: fill(target, rest) };
    throw invalidTarget(place, target, key);
  }
  if (isUnsafe(target.slice(2))) throw invalidTarget(place, target, key);
  if (rest !== undefined && isUnsafe(rest)) {
    throw moduleError(
      'ERR_INVALID_MODULE_SPECIFIER',
      `Invalid module "${key}" request is not a valid match in ${place.shown}`,
    );
  }
  const { folder, shown } = place;
  return addressIn(folder, fill(target, rest), (href, pathname) => {
    // Behind a tab or a line end in the midst of two dots.
    const isOutside = !pathname.startsWith(pathToFileURL(`${folder}/`).pathname);
    if (isOutside && rest === undefined) throw invalidTarget(place, target, key);
    // `require` looks for them in the whole address.
    refuseSeparators(isRequire ? href : pathname, shown);
  });
}

function fill(target: string, rest: string | undefined): string {
  return rest === undefined ? target : target.replaceAll('*', () => rest);
}

function invalidTarget({ shown }: Place, target: unknown, key: string): Error {
  return moduleError(
    'ERR_INVALID_PACKAGE_TARGET',
    `Invalid target ${JSON.stringify(target)} defined for '${key}' in ${shown}`,
  );
}
