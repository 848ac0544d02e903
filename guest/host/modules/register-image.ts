import * as module from 'node:module';
import { isBuiltin, type LoadHookSync, type ResolveHookSync } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FileSystem } from '../../reader/index.ts';
import { ImageFiles } from './image-files.ts';
import type { ModuleAddress } from './module-address.ts';
import { moduleError, refuseSeparators, refuseZero } from './module-errors.ts';
import { formatOf, type ModuleFormat } from './module-format.ts';
import { PackageScopes } from './package-scopes.ts';
import { patchRequire, refuseAddons } from './patched-require.ts';
import { ModuleResolver } from './resolve-module.ts';

/**
 * Lets `import` and `require` of this thread load modules out of an image, which seems to stand at the path
 * `at`. Modules in it find each other by Node's rules, and nothing outside but Node's own modules.
 * @param at an absolute path below which there are no files, as that of the image file itself; or where Node has
 * mounted the image, which then loads addons of native code too
 * @returns takes the hooks away again; what was loaded stays
 * @throws Error where this Node has no such hooks
 */
export function registerImage(fs: FileSystem, at: string, isMounted = false): () => void {
  if (module.registerHooks === undefined) {
    throw new Error(
      `loading modules out of an image needs Node 22.15 or newer, not ${process.version}`,
    );
  }
  const files = new ImageFiles(fs, at);
  const scopes = new PackageScopes(files);
  const resolver = new ModuleResolver(files, scopes);
  const root = pathToFileURL(at).href;
  const below = `${root}/`;
  const setOf = remembering((conditions: readonly string[]) => new Set(conditions));

  const toUrl = (path: string, suffix: string) =>
    (/^[\w/.@+-]*$/.test(path) ? root + path : pathToFileURL(at + path).href) + suffix;

  /** The paths of the addresses that were given. */
  const given = new Map<string, ModuleAddress>();

  /** The path in the image that an address means; undefined for one elsewhere. */
  function toPath(url: string): ModuleAddress | undefined {
    const known = given.get(url);
    if (known !== undefined) return known;
    if (!url.startsWith(below)) return undefined;
    const [, address = '', suffix = ''] = /^([^?#]*)(.*)$/.exec(url) ?? [];
    const rest = address.slice(root.length);
    const path = rest.includes('%') ? fileURLToPath(address).slice(at.length) : rest;
    return { path, suffix };
  }

  /** The address that a specifier is by itself, or seen from the module that asks. */
  function addressOf(specifier: string, parent: string | undefined, isRequire: boolean) {
    if (specifier.startsWith('file:')) return specifier;
    if (!/^\.{0,2}\//.test(specifier)) return undefined;
    if (!isRequire) return new URL(specifier, parent ?? pathToFileURL(`${process.cwd()}/`)).href;
    if (specifier.startsWith('/')) return pathToFileURL(specifier).href;
    const folder = parent?.startsWith('file:') ? dirname(fileURLToPath(parent)) : process.cwd();
    const directory = specifier.endsWith('/') ? '/' : '';
    return pathToFileURL(`${folder}/${specifier}`).href.replace(/\/?$/, directory);
  }

  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (specifier.startsWith('node:') || isBuiltin(specifier)) return next(specifier, context);
    const conditions = setOf(context.conditions);
    const isRequire = conditions.has('require');
    const parent = context.parentURL === undefined ? undefined : toPath(context.parentURL);
    const from = parent?.path ?? '/';
    const isMain = context.parentURL === undefined;
    const request = { from, conditions, isRequire, isMain };
    // A module may be of the package of whoever requires it, so that this must be sound.
    if (isRequire && parent !== undefined) scopes.of(from);
    const beside = parent && pathBeside(from, specifier);
    if (beside !== undefined)
      return found(resolver.file(beside, specifier, request), '', isRequire);
    if (parent !== undefined && !/^\.{0,2}\/|^file:|^\.\.?$/.test(specifier)) {
      // Addresses of other kinds are not for files.
      if (/^[a-z][a-z\d+.-]+:/i.test(specifier)) return next(specifier, context);
      const { path, suffix } = resolver.resolve(specifier, request);
      if (path.startsWith('node:')) return next(path, context);
      return found(path, isRequire ? '' : suffix, isRequire);
    }
    const address =
      specifier === '.' || specifier === '..'
        ? addressOf(`${specifier}/`, context.parentURL, isRequire)
        : addressOf(specifier, context.parentURL, isRequire);
    if (address === root) return found(resolver.program(conditions), '');
    if (!isRequire && address?.startsWith(below))
      refuseSeparators(address.replace(/[?#].*$/s, ''), at + from);
    const inside = address === undefined ? undefined : toPath(address);
    if (inside === undefined) return next(specifier, context);
    try {
      return found(resolver.file(inside.path, specifier, request), inside.suffix, isRequire);
    } catch (error) {
      if ((error as { url?: string }).url !== undefined) {
        Object.assign(error as Error, { url: toUrl(inside.path, inside.suffix) });
      }
      throw error;
    }
  };

  function found(path: string, suffix: string, isRequire = true) {
    // Node looks at the format of what is imported, and so at its package, at once.
    if (!isRequire && /(\/[^/.]+|\.[jt]s)$/.test(path)) scopes.of(path);
    const url = toUrl(path, suffix);
    if (suffix === '') given.set(url, { path, suffix });
    return { url, shortCircuit: true };
  }

  const load: LoadHookSync = (url, context, next) => {
    const inside = toPath(url);
    if (inside === undefined) return next(url, context);
    const { path } = inside;
    refuseZero(path);
    if (isMounted && path.endsWith('.node')) return next(url, context);
    let text: string | undefined;
    const textOf = () => (text ??= files.text(path));
    const isRequire = context.conditions?.includes('require') ?? false;
    const format = formatOf(path, scopes, isRequire, textOf, context.format);
    if (!isRequire) checkType(url, format, context.importAttributes?.type === 'json');
    const source = format === 'wasm' ? files.bytes(path) : textOf();
    return { format, source: source as string, shortCircuit: true };
  };

  const hooks = module.registerHooks({ resolve, load });
  const isInside = (filename: string) => filename.startsWith(`${at}/`);
  const accept = isMounted ? () => {} : refuseAddons(isInside);
  const conditions = ['node', 'require', 'module-sync', 'node-addons'];
  const restore = patchRequire((specifier, from) => {
    if (!isInside(from) && !isInside(specifier)) return undefined;
    if (specifier.startsWith('node:') || isBuiltin(specifier)) return undefined;
    const context = { conditions, importAttributes: {}, parentURL: pathToFileURL(from).href };
    const { url } = resolve(specifier, context, (url) => ({ url })) as { url: string };
    return url.startsWith(below) ? fileURLToPath(url) : undefined;
  });
  return () => {
    restore();
    accept();
    hooks.deregister();
  };
}

/** Leads to a name without a word that an address or a path would read otherwise. */
const PLAIN = /^(\.\/|(?:\.\.\/)+)([\w@+-][\w.@+-]*(?:\/[\w@+-][\w.@+-]*)*)$/;

/**
 * The path that a specifier means beside the file `from`, where that is plain: most are, and addresses take long to
 * make at a start, when none of the code is compiled. Undefined for any other, and for one that leads out.
 */
function pathBeside(from: string, specifier: string): string | undefined {
  const [, dots = '', rest] = PLAIN.exec(specifier) ?? [];
  if (rest === undefined) return undefined;
  let folder = from.slice(0, from.lastIndexOf('/'));
  for (let up = dots === './' ? 0 : dots.length; up > 0; up -= '../'.length) {
    if (folder === '') return undefined;
    folder = folder.slice(0, folder.lastIndexOf('/'));
  }
  return `${folder}/${rest}`;
}

/** An import says that it wants JSON, and gets nothing else then. */
function checkType(url: string, format: ModuleFormat | undefined, wantsJson: boolean): void {
  const isJson = format === 'json';
  // Node minds neither with TypeScript.
  if (isJson === wantsJson || format?.endsWith('typescript')) return;
  throw isJson
    ? moduleError(
        'ERR_IMPORT_ATTRIBUTE_MISSING',
        `Module "${url}" needs an import attribute of "type: json"`,
      )
    : moduleError(
        'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE',
        `Module "${url}" is not of type "json"`,
      );
}

/** A function of an object that is asked the same object again and again. */
function remembering<Key extends object, Value>(call: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? call(key);
    known.set(key, value);
    return value;
  };
}
