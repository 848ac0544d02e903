// The contract of all readers over a source that lacks each byte at first, and again after each call.
import t from 'tap';
import { decodeSuperblock, FormatError } from '#format';
import { type FileSystem, type MountOptions, mount } from '../../guest/reader/index.ts';
import {
  AnnouncedSource,
  MissingSource,
  repeatingFileSystem,
  untilAtHand,
} from '../fixtures/missing-source.ts';
import { withPathIndex } from '../fixtures/with-path-index.ts';
import { testFileSystem } from './file-system.ts';

/** With an index, but where there are more paths than one can hold. */
function indexedWhereItCan(image: Uint8Array): Uint8Array {
  try {
    return withPathIndex(image);
  } catch (error) {
    if (error instanceof FormatError && error.code === 'LIMIT') return image;
    throw error;
  }
}

const LINE = 16 * 1024;

/** Mounts an image of which nothing is at hand, neither at first nor after any call that succeeded. */
function mountMissing(
  image: Uint8Array,
  Source: typeof MissingSource,
  options: MountOptions,
): FileSystem {
  const source = new Source(image, LINE);
  const attempt = <Result>(call: () => Result): Result => {
    source.forget();
    return untilAtHand(source, call);
  };
  return repeatingFileSystem(
    attempt(() => mount(source, options)),
    attempt,
  );
}

const KINDS: Readonly<Record<string, (image: Uint8Array) => FileSystem>> = {
  'auto, with a path index': (image) => mountMissing(indexedWhereItCan(image), MissingSource, {}),
  'auto, with a path index, announced': (image) =>
    mountMissing(indexedWhereItCan(image), AnnouncedSource, {}),
  lazy: (image) => mountMissing(image, MissingSource, { reader: 'lazy' }),
  eager: (image) => mountMissing(image, AnnouncedSource, { reader: 'eager' }),
  'checked by hints': (image) => {
    const { commit } = decodeSuperblock(image);
    return mountMissing(indexedWhereItCan(image), AnnouncedSource, { commit });
  },
};

for (const [name, mountKind] of Object.entries(KINDS)) {
  t.test(`contract: ${name}`, async (t) => testFileSystem(t, mountKind));
}
