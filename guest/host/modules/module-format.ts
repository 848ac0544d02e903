import * as module from 'node:module';
import { Script } from 'node:vm';
import { ADDON, moduleError } from './module-errors.ts';
import { NODE_RELEASE } from './node-release.ts';
import type { PackageScopes } from './package-scopes.ts';

/** What Node's loaders call the kinds of modules. */
export type ModuleFormat =
  | 'module'
  | 'commonjs'
  | 'module-typescript'
  | 'commonjs-typescript'
  | 'json'
  | 'wasm';

/** Earlier releases look at the syntax of a file without an ending, unless its package is one of modules. */
const BELIEVES = NODE_RELEASE >= 26;

/** Cheap, and true for every module: only text that it finds is compiled to be sure. */
const MAYBE_MODULE = /(^|[\s;}])(import|export)\b|\bimport\.meta\b|^\s*await\b/m;

/**
 * The kind of a file, by its ending, its package's `type` and, where that says nothing, its syntax.
 * @returns undefined where Node is to look at the syntax itself
 * @param text gives the file's text, for a file of which only that tells
 * @param fromNode what Node takes it for: by a package.json above the image, if any
 * @throws ERR_UNKNOWN_FILE_EXTENSION
 */
export function formatOf(
  path: string,
  scopes: PackageScopes,
  isRequire: boolean,
  text: () => string,
  fromNode: string | null | undefined,
): ModuleFormat | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 ? name.slice(dot) : '';
  if (ending === '.json') return 'json';
  // To `require` it is text like any other, and no JavaScript: bytes would end the process.
  if (ending === '.wasm' && !isRequire) return 'wasm';
  if (ending === '.mjs') return 'module';
  if (ending === '.cjs') return 'commonjs';
  if (ending === '.mts') return 'module-typescript';
  if (ending === '.cts') return 'commonjs-typescript';
  if (ending === '.node') {
    throw moduleError('ERR_UNKNOWN_FILE_EXTENSION', `${path}: ${ADDON}`);
  }
  if (ending !== '.js' && ending !== '.ts' && ending !== '' && !isRequire) {
    throw moduleError(
      'ERR_UNKNOWN_FILE_EXTENSION',
      `Unknown file extension "${ending}" for ${path}`,
    );
  }
  const hasType = ending === '.js' || ending === '.ts' || !isRequire || (BELIEVES && ending === '');
  const said = hasType ? scopes.of(path)?.type : undefined;
  const type = ending === '' && said === 'commonjs' && !BELIEVES ? undefined : said;
  // For `require`, Node finds out while it compiles the text anyway, unless it believes to know.
  if (type === undefined && isRequire && (fromNode ?? undefined) === undefined) return undefined;
  const kind = type ?? (hasModuleSyntax(plainText(ending, text())) ? 'module' : 'commonjs');
  return ending === '.ts' ? `${kind}-typescript` : kind;
}

/** The text without types, where this Node can take them out. */
function plainText(ending: string, text: string): string {
  if (ending !== '.ts') return text;
  try {
    return module.stripTypeScriptTypes?.(text) ?? text;
  } catch {
    // What is wrong with it is said when it is compiled.
    return text;
  }
}

/** Whether a text can be compiled as a module only. */
function hasModuleSyntax(text: string): boolean {
  if (!MAYBE_MODULE.test(text)) return false;
  try {
    new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`);
    return false;
  } catch (error) {
    return /import statement|import\.meta|'?export'?|await is only/i.test((error as Error).message);
  }
}
