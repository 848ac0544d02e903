import type { FileSystem } from '../../reader/index.ts';
import type { Resource } from './resource.ts';
import type { CheckedOptions } from './site-options.ts';
import { hasDotName } from './site-path.ts';

/** What is found for an address: a file, an address to go to, a folder to list, or nothing. */
export type Found =
  | { readonly resource: Resource }
  | { readonly location: string }
  | { readonly listing: string }
  | undefined;

/** Memory for what is known of addresses; what one takes with its codings and heads, beside its path: measured. */
const MAX_BYTES = 12 << 20;
const ENTRY_BYTES = 3600;

/** What the addresses of a site lead to; what was found is kept, and the oldest forgotten. */
export class FoundAddresses {
  readonly #fs: FileSystem;
  readonly #options: CheckedOptions;
  readonly #describe: (path: string) => Resource;
  readonly #found = new Map<string, Found>();
  /** The pages that stand for others: one or two. */
  readonly #pages = new Map<string, Resource | undefined>();
  #bytes = 0;

  /** @param describe tells all about a file that is there */
  constructor(fs: FileSystem, options: CheckedOptions, describe: (path: string) => Resource) {
    this.#fs = fs;
    this.#options = options;
    this.#describe = describe;
  }

  /** What is known already of a path that {@link find} was asked for. */
  known(path: string): Found {
    return this.#found.get(path);
  }

  /** @param path of the site, decoded and without `.` and `..` */
  find(path: string): Found {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = this.#look(path);
    if (found === undefined) return undefined;
    this.#found.set(path, found);
    this.#bytes += costOf(path);
    for (const [oldest] of this.#found) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#found.delete(oldest);
      this.#bytes -= costOf(oldest);
    }
    return found;
  }

  /** The file that stands for others, at a path which the site's options name. */
  page(path: string): Resource | undefined {
    if (!this.#pages.has(path)) {
      this.#pages.set(path, this.#kind(path) === 'file' ? this.#describe(path) : undefined);
    }
    return this.#pages.get(path);
  }

  #look(path: string): Found {
    const { dotfiles, cleanUrls, index, listing } = this.#options;
    if (!dotfiles && hasDotName(path)) return undefined;
    const bare = path.replace(/\/$/, '');
    const isFolder = path.endsWith('/');
    const kind = this.#kind(bare);
    const page = cleanUrls && !isFolder ? `${path}.html` : undefined;
    const hasPage = () => page !== undefined && this.#kind(page) === 'file';
    if (kind === 'directory') {
      const name = index.find((name) => this.#kind(`${bare}/${name}`) === 'file');
      // A folder without a page of its own leaves its address to the page beside it.
      if (!isFolder && (name !== undefined || !hasPage())) return { location: `${path}/` };
      if (!isFolder) return { resource: this.#describe(`${path}.html`) };
      if (name !== undefined) return { resource: this.#describe(`${bare}/${name}`) };
      return listing ? { listing: path } : undefined;
    }
    if (kind === 'file' && !isFolder) {
      const isClean = cleanUrls && path.endsWith('.html');
      if (!isClean) return { resource: this.#describe(path) };
      const short = path.slice(0, -'.html'.length);
      const isIndex = index.some((name) => path.endsWith(`/${name}`));
      const location = isIndex ? path.slice(0, path.lastIndexOf('/') + 1) : short;
      // Where that address is another file's, this is the only one of the page.
      const other = this.#look(location);
      const isSame = other !== undefined && 'resource' in other && other.resource.path === path;
      return isSame ? { location } : { resource: this.#describe(path) };
    }
    if (hasPage()) return { resource: this.#describe(`${path}.html`) };
    return undefined;
  }

  #kind(path: string): 'file' | 'directory' | undefined {
    const kind = this.#fs.exists(this.#options.root + path);
    if (kind === 'directory') return kind;
    return kind === 'file' || kind === 'executable' ? 'file' : undefined;
  }
}

function costOf(path: string): number {
  return ENTRY_BYTES + 4 * path.length;
}
