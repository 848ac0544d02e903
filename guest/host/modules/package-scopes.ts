import { type PackageFields, packageFields } from '../../reader/index.ts';
import type { ImageFiles } from './image-files.ts';
import { moduleError } from './module-errors.ts';

/** A package of an image. */
export interface Package extends PackageFields {
  /** The folder that it stands in; empty for the root. */
  readonly folder: string;
  /** Its package.json, as messages name it. */
  readonly shown: string;
}

/** The packages of an image. */
export class PackageScopes {
  readonly #files: ImageFiles;
  readonly #packages = new Map<string, Package | undefined>();
  readonly #nearest = new Map<string, Package | undefined>();

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
    const own = path.slice(0, path.lastIndexOf('/'));
    const known = this.#nearest.get(own);
    if (known !== undefined || this.#nearest.has(own)) return known;
    const found = this.#above(path);
    this.#nearest.set(own, found);
    return found;
  }

  #above(path: string): Package | undefined {
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
    const mapped = this.#files.known?.packageIn(folder);
    if (mapped !== undefined) return { folder, shown, ...mapped };
    try {
      return { folder, shown, ...packageFields(this.#files.text(path)) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const { message } = error;
      throw moduleError(
        'ERR_INVALID_PACKAGE_CONFIG',
        `Invalid package config ${shown}: ${message}`,
      );
    }
  }
}
