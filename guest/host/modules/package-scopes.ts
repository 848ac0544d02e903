import type { ImageFiles } from './image-files.ts';
import { moduleError } from './module-errors.ts';

/** What of a package.json says how its modules are found. */
export interface Package {
  /** The folder that it stands in; empty for the root. */
  readonly folder: string;
  /** Its package.json, as messages name it. */
  readonly shown: string;
  readonly name?: string | undefined;
  readonly main?: string | undefined;
  readonly type: 'module' | 'commonjs' | undefined;
  readonly exports?: unknown;
  readonly imports?: unknown;
}

/** The packages of an image. */
export class PackageScopes {
  readonly #files: ImageFiles;
  readonly #packages = new Map<string, Package | undefined>();

  constructor(files: ImageFiles) {
    this.#files = files;
  }

  /** The package.json in a folder. @throws ERR_INVALID_PACKAGE_CONFIG */
  in(folder: string): Package | undefined {
    const known = this.#packages.get(folder);
    if (known !== undefined || this.#packages.has(folder)) return known;
    const found = this.#read(folder);
    this.#packages.set(folder, found);
    return found;
  }

  /** The package that a file belongs to: the nearest one above, not beyond a folder `node_modules`. */
  of(path: string): Package | undefined {
    for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folder.endsWith('/node_modules')) return undefined;
      const found = this.in(folder);
      if (found !== undefined || end === 0) return found;
    }
    return undefined;
  }

  #read(folder: string): Package | undefined {
    const path = `${folder}/package.json`;
    const shown = `${this.#files.at}${path}`;
    if (!this.#files.isFile(path)) return undefined;
    let json: unknown;
    try {
      json = JSON.parse(this.#files.text(path).replace(/^\ufeff/, ''));
    } catch (error) {
      const { message } = error as Error;
      throw moduleError(
        'ERR_INVALID_PACKAGE_CONFIG',
        `Invalid package config ${shown}: ${message}`,
      );
    }
    const fields = (typeof json === 'object' && json !== null ? json : {}) as Record<
      string,
      unknown
    >;
    const { name, main, type, exports, imports } = fields;
    return {
      folder,
      shown,
      name: typeof name === 'string' ? name : undefined,
      main: typeof main === 'string' ? main : undefined,
      type: type === 'module' || type === 'commonjs' ? type : undefined,
      exports: exports ?? undefined,
      imports: typeof imports === 'object' ? imports : undefined,
    };
  }
}
