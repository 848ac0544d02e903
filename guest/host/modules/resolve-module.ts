import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImageFiles } from './image-files.ts';
import { addressIn, type ModuleAddress } from './module-address.ts';
import { moduleError, refuseSeparators } from './module-errors.ts';
import { NODE_RELEASE } from './node-release.ts';
import type { PackageScopes } from './package-scopes.ts';
import { resolveExports, resolveImports } from './package-targets.ts';

/** How a module is asked for. */
export interface Request {
  /** The file that asks, a path in the image; the root's `/` for whoever stands outside. */
  readonly from: string;
  readonly conditions: ReadonlySet<string>;
  /** By `require`: endings may be left out, and a directory stands for its main file. */
  readonly isRequire: boolean;
  /** It is the program. */
  readonly isMain?: boolean;
}

/** From this release on, a name may follow `#/`. */
const ALLOWS_SLASH = NODE_RELEASE >= 24;

const ENDINGS = ['.js', '.json', '.node'] as const;

/** Finds the files of modules in an image by Node's rules, which never lead out of it. */
export class ModuleResolver {
  readonly #files: ImageFiles;
  readonly #scopes: PackageScopes;

  constructor(files: ImageFiles, scopes: PackageScopes) {
    this.#files = files;
    this.#scopes = scopes;
  }

  /**
   * The file that a specifier means, without links: an import of the package itself (`#a`), or a package's name.
   * @returns as path, also the name of one of Node's own modules, with `node:`
   * @throws errors with Node's codes; URIError
   */
  resolve(specifier: string, request: Request): ModuleAddress {
    if (specifier.startsWith('#')) return this.#ofImports(specifier, request);
    return this.#ofPackage(specifier, request);
  }

  /** The file at a path, by the rules for whoever asks. */
  file(path: string, specifier: string, request: Request): string {
    if (!request.isRequire) return this.#exact({ path, suffix: '' }, specifier, request).path;
    const asDirectory = specifier.endsWith('/') || /(^|\/)\.\.?$/.test(specifier);
    const lost = () => this.#notFound(specifier, request, 'module');
    const found =
      (asDirectory ? undefined : this.#asFile(path)) ?? this.#asDirectory(path, true, lost);
    if (found === undefined) throw lost();
    return this.#files.realPath(found, request.isMain);
  }

  /** The program that an image is: what its package.json names as main, or index.js. */
  program(conditions: ReadonlySet<string>): string {
    return this.file('/', '/', { from: '/', conditions, isRequire: true, isMain: true });
  }

  #asFile(path: string): string | undefined {
    if (this.#files.isFile(path)) return path;
    const ending = ENDINGS.find((ending) => this.#files.isFile(path + ending));
    return ending === undefined ? undefined : path + ending;
  }

  /** @throws what `lost` gives where a package names a main file, and there is none */
  #asDirectory(path: string, isRequire: boolean, lost: () => Error): string | undefined {
    const folder = path === '/' ? '' : path;
    if (folder !== '' && !this.#files.isDirectory(folder)) return undefined;
    const main = this.#scopes.in(folder)?.main;
    // One that begins with a slash is a path of the machine.
    if (main !== undefined && !main.startsWith('/')) {
      const target = posix.join('/', folder, main).replace(/\/$/, '');
      const file = target === '' ? undefined : this.#asFile(target);
      // Node's `import` finds `lib.js` for `lib/`, and then asks for `lib/.js`.
      if (!isRequire && file !== undefined && file !== target && main.endsWith('/')) throw lost();
      const found = file ?? this.#index(target);
      if (found !== undefined) return found;
    }
    const index = this.#index(folder);
    if (index === undefined && main) throw lost();
    return index;
  }

  #index(folder: string): string | undefined {
    const ending = ENDINGS.find((ending) => this.#files.isFile(`${folder}/index${ending}`));
    return ending === undefined ? undefined : `${folder}/index${ending}`;
  }

  #ofImports(specifier: string, request: Request): ModuleAddress {
    if (!request.isRequire) checkImport(specifier, this.#files.at + request.from);
    const scope = this.#scopes.of(request.from);
    // To `require`, it is the name of a package then, which no package has.
    if (request.isRequire && scope?.imports === undefined) {
      throw this.#notFound(specifier, request, 'module');
    }
    checkImport(specifier, this.#files.at + request.from);
    if (scope === undefined) {
      throw moduleError(
        'ERR_PACKAGE_IMPORT_NOT_DEFINED',
        `Package import specifier "${specifier}" is not defined imported from ${this.#files.at}${request.from}`,
      );
    }
    const target = resolveImports(scope, specifier, request.conditions);
    if ('path' in target) return this.#exact(target, specifier, request);
    if (isBuiltin(target.specifier)) {
      return { path: builtinTarget(target.specifier, request), suffix: '' };
    }
    if (packageName(target.specifier) === undefined) {
      throw invalidName(target.specifier, this.#files.at + request.from);
    }
    return this.#ofPackage(target.specifier, { ...request, from: `${scope.folder}/package.json` });
  }

  #ofPackage(specifier: string, request: Request): ModuleAddress {
    const name = packageName(specifier);
    if (name === undefined) {
      throw request.isRequire
        ? this.#notFound(specifier, request, 'module')
        : invalidName(specifier, this.#files.at + request.from);
    }
    const subpath = `.${specifier.slice(name.length)}`;
    const own = this.#scopes.of(request.from);
    if (own?.name === name && own.exports !== undefined) {
      return this.#exact(resolveExports(own, subpath, request.conditions), specifier, request);
    }
    for (
      let end = request.from.lastIndexOf('/');
      end >= 0;
      end = request.from.lastIndexOf('/', end - 1)
    ) {
      const above = request.from.slice(0, end);
      if (above.endsWith('/node_modules')) continue;
      const folder = `${above}/node_modules/${name}`;
      const found = this.#installed(folder, subpath, specifier, request);
      if (found !== undefined) return found;
      if (end === 0) break;
    }
    throw this.#notFound(specifier, request, request.isRequire ? 'module' : 'package');
  }

  /** What a package in `node_modules` has for a subpath; undefined if it is to be sought further above. */
  #installed(
    folder: string,
    subpath: string,
    specifier: string,
    request: Request,
  ): ModuleAddress | undefined {
    const real = (path: string) => ({ path: this.#files.realPath(path), suffix: '' });
    if (!this.#files.isDirectory(folder)) {
      // A single file may be a package too, for `require`.
      const found = request.isRequire && subpath === '.' ? this.#asFile(folder) : undefined;
      return found === undefined ? undefined : real(found);
    }
    const found = this.#scopes.in(folder);
    if (found?.exports !== undefined) {
      return this.#exact(resolveExports(found, subpath, request.conditions), specifier, request);
    }
    if (request.isRequire) {
      const path = posix.join(folder, subpath);
      const file =
        (subpath === '.' || subpath.endsWith('/') ? undefined : this.#asFile(path)) ??
        this.#asDirectory(path, true, () => this.#notFound(specifier, request, 'module'));
      return file === undefined ? undefined : real(file);
    }
    if (subpath !== '.') {
      const address = addressIn(folder, subpath, (_href, pathname) =>
        refuseSeparators(pathname, this.#files.at + request.from),
      );
      return this.#exact(address, specifier, request);
    }
    const lost = () => this.#notFound(specifier, request, 'package');
    const main = this.#asDirectory(folder, false, lost);
    if (main === undefined) throw lost();
    return real(main);
  }

  /** A file by its whole name, as `import` and the targets of exports and imports want it. */
  #exact(address: ModuleAddress, specifier: string, request: Request): ModuleAddress {
    const { path, suffix } = address;
    if (!path.endsWith('/') && this.#files.isFile(path)) {
      return { path: this.#files.realPath(path, request.isMain), suffix };
    }
    if (!request.isRequire && (path.endsWith('/') || this.#files.isDirectory(path))) {
      const error = moduleError(
        'ERR_UNSUPPORTED_DIR_IMPORT',
        `Directory import '${this.#files.at}${path}' is not supported resolving ES modules imported from ${this.#files.at}${request.from}`,
      );
      throw this.#addressed(error, address);
    }
    const error = this.#notFound(specifier, request, 'module');
    throw request.isRequire ? error : this.#addressed(error, address);
  }

  /** With the address that is not a module's: `import.meta.resolve` gives that, as it would without a look. */
  #addressed(error: Error, { path, suffix }: ModuleAddress): Error {
    return Object.assign(error, { url: pathToFileURL(`${this.#files.at}${path}`).href + suffix });
  }

  #notFound(specifier: string, { from, isRequire }: Request, what: 'module' | 'package'): Error {
    const asker = `${this.#files.at}${from}`;
    return isRequire
      ? moduleError(
          'MODULE_NOT_FOUND',
          `Cannot find module '${specifier}'\nRequire stack:\n- ${asker}`,
        )
      : moduleError(
          'ERR_MODULE_NOT_FOUND',
          `Cannot find ${what} '${specifier}' imported from ${asker}`,
        );
  }
}

/** @throws ERR_INVALID_MODULE_SPECIFIER */
function checkImport(specifier: string, asker: string): void {
  const isRefused = ALLOWS_SLASH ? specifier === '#/' : specifier.startsWith('#/');
  if (specifier !== '#' && !isRefused) return;
  throw moduleError(
    'ERR_INVALID_MODULE_SPECIFIER',
    `Invalid module "${specifier}" imported from ${asker}`,
  );
}

function invalidName(specifier: string, asker: string): Error {
  return moduleError(
    'ERR_INVALID_MODULE_SPECIFIER',
    `Invalid module "${specifier}" is not a valid package name imported from ${asker}`,
  );
}

/** One of Node's own modules, to which `import` may be led. @throws ERR_INVALID_URL_SCHEME */
function builtinTarget(specifier: string, { isRequire }: Request): string {
  if (!isRequire) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  throw moduleError('ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
}

/** The name of a package at the start of a specifier; undefined if no package can be called so. */
function packageName(specifier: string): string | undefined {
  const slash = specifier.indexOf('/');
  const isScoped = specifier.startsWith('@');
  if (isScoped && slash < 0) return undefined;
  const end = isScoped ? specifier.indexOf('/', slash + 1) : slash;
  const name = end < 0 ? specifier : specifier.slice(0, end);
  return /^\.|[%\\]/.test(name) ? undefined : name;
}
