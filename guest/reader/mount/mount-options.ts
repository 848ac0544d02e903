import {
  DEFAULT_LIMITS,
  type Inflater,
  type Limits,
  type NewHash,
  OID_LENGTH,
  type Oid,
} from '#format';

/** The readers of an image; see {@link MountOptions.reader}. */
export const READERS = ['auto', 'indexed', 'lazy', 'eager', 'analyze'] as const;
export type Reader = (typeof READERS)[number];

/** How to read an image. */
export interface MountOptions {
  /**
   * `auto` (the default) is `indexed` where the image has a sound path index of its own, and `lazy`
   * where it has none. `indexed` finds every path in the index, in memory that does not grow with
   * the image, and reads no directory. `lazy` reads directories when a path leads through them: it
   * boots at once too. `eager` reads and checks all directories at boot, and sorts the names of each
   * into its radix tree when something is first sought there. `analyze` does not trust the IDX: it
   * inflates and hashes every object of the PACK at boot, then goes on as `eager`.
   */
  readonly reader?: Reader;
  /**
   * Compares all that is read with its id: a wrong byte is an error (BAD_HASH) and never data. `auto`
   * is `lazy` then, with the path index as a hint at most, and `indexed` is refused: no id vouches for it.
   */
  readonly check?: boolean;
  /**
   * The id of the commit that the image must hold, in 20 bytes; turns `check` on. From this id on
   * nothing is believed unchecked, so that whoever keeps the image need not be trusted.
   */
  readonly commit?: Oid;
  /** Told, in one line, that the path index is not used (`auto` only): it is damaged, or foreign. */
  readonly onWarning?: (message: string) => void;
  /** Bounds on what the image may ask for; DEFAULT_LIMITS where absent. */
  readonly limits?: Partial<Limits>;
  readonly inflater?: Inflater;
  readonly newHash?: NewHash | undefined;
  /** New bytes for what a caller gets, all of which are then written; `new Uint8Array` zeroes them first. */
  readonly newBytes?: ((size: number) => Uint8Array) | undefined;
  /** Bytes that may be kept of objects read before; 28 MiB if absent. */
  readonly cacheBytes?: number;
}

/** An option that makes no sense: what no type-checked caller gives. */
export class OptionError extends RangeError {
  /** Of any copy of this library: entry points that must start fast are bundles of their own. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === 'OptionError';
  }

  override readonly name = 'OptionError';
  readonly code = 'INVALID_OPTION';
}

const TYPES = {
  onWarning: 'function',
  limits: 'object',
  inflater: 'object',
  newHash: 'function',
  newBytes: 'function',
} as const;

const WORDS = { function: 'a function', object: 'an object' };

/**
 * Refuses options that no type-checked caller gives: with another reader, or unchecked, nothing would
 * seem wrong.
 * @throws OptionError
 */
export function checkMountOptions(options: MountOptions): void {
  const { reader = 'auto', commit, cacheBytes = 0 } = options;
  if (!READERS.includes(reader)) {
    throw new OptionError(`unknown reader '${reader}', use one of ${READERS.join(', ')}`);
  }
  if (commit !== undefined && !(commit instanceof Uint8Array && commit.length === OID_LENGTH)) {
    throw new OptionError(`'commit' must be the ${OID_LENGTH} bytes of an id`);
  }
  if (!Number.isSafeInteger(cacheBytes) || cacheBytes < 0) {
    throw new OptionError(`'cacheBytes' must be a number of bytes, not ${cacheBytes}`);
  }
  checkLimits(options.limits);
  for (const [name, type] of Object.entries(TYPES)) {
    const value = options[name as keyof typeof TYPES];
    if (value !== undefined && typeof value !== type) {
      throw new OptionError(`'${name}' must be ${WORDS[type]}, not ${typeof value}`);
    }
  }
}

/** With a name misspelt, the default would stay in force; beside NaN, no size would be too large. */
function checkLimits(limits: unknown): void {
  if (limits === undefined || typeof limits !== 'object') return;
  if (limits === null) throw new OptionError("'limits' must be an object, not null");
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      const names = Object.keys(DEFAULT_LIMITS).join(', ');
      throw new OptionError(`unknown limit '${name}', use one of ${names}`);
    }
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new OptionError(`'limits.${name}' must be a whole number, not ${value}`);
    }
  }
}
