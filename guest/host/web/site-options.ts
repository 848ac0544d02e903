import { OptionError } from '../../reader/index.ts';

/** Gives the Cache-Control of a path, or undefined for none. */
type CacheControlOf = (path: string) => string | undefined;

/** How a site is served. All paths are those of the image, from `/`. */
export interface SiteOptions {
  /** Where the site begins in addresses: with `/docs`, `/docs/a.html` is the file `a.html`. */
  readonly prefix?: string;
  /** The folder of the image that is the site; its root if absent. */
  readonly root?: string;
  /** Names of the file that stands for its folder; `['index.html']` if absent. */
  readonly index?: readonly string[];
  /** `/about` is `/about.html`, and an address with the ending leads to the one without. */
  readonly cleanUrls?: boolean;
  /** The page of answers 404; `/404.html` if absent, where the image has one. */
  readonly notFound?: string;
  /** The page for every address without a file, for apps that read the address themselves. */
  readonly fallback?: string;
  /** Lists folders that have no index file. */
  readonly listing?: boolean;
  /** Serves names that begin with a dot. `.well-known` always is. */
  readonly dotfiles?: boolean;
  /** Cache-Control for all files, or by path, asked once for a file; none if absent. */
  readonly cacheControl?: string | CacheControlOf;
  /** Further headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Adds headers that tell browsers to be strict: no guessing of types, no frames, no referrer elsewhere. */
  readonly secure?: boolean;
}

const SECURE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Options that are complete and make sense. */
export interface CheckedOptions {
  readonly prefix: string;
  readonly root: string;
  readonly index: readonly string[];
  readonly cleanUrls: boolean;
  readonly notFound: string;
  readonly fallback: string | undefined;
  readonly listing: boolean;
  readonly dotfiles: boolean;
  readonly cacheControlOf: CacheControlOf;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws OptionError for what no type-checked caller gives */
export function checkSiteOptions(options: SiteOptions): CheckedOptions {
  const { prefix = '', root = '', index = ['index.html'], cacheControl, headers = {} } = options;
  const { notFound = '/404.html', fallback } = options;
  for (const [name, path] of Object.entries({ prefix, root, notFound, fallback })) {
    if (
      path !== undefined &&
      (typeof path !== 'string' || (path !== '' && !path.startsWith('/')))
    ) {
      throw new OptionError(`'${name}' must be a path that begins with /`);
    }
  }
  if (!Array.isArray(index) || index.some((name) => typeof name !== 'string' || name === '')) {
    throw new OptionError("'index' must be a list of names");
  }
  return {
    prefix: prefix.replace(/\/+$/, ''),
    root: root.replace(/\/+$/, ''),
    index,
    cleanUrls: options.cleanUrls === true,
    notFound,
    fallback,
    listing: options.listing === true,
    dotfiles: options.dotfiles === true,
    cacheControlOf: typeof cacheControl === 'function' ? cacheControl : () => cacheControl,
    headers: lowerCase({ ...(options.secure === true && SECURE), ...headers }),
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
