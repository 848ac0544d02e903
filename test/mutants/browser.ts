import type { Mutant } from '../fixtures/mutant.ts';

const of =
  (module: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    name: `browser: ${name}`,
    file: `guest/host/browser/${module}.ts`,
    find,
    replace,
    tests: ['test/unit/guest/host/browser/open-image.test.ts'],
  });
/** What is only to be seen in Chromium, with what the build made of the sources. */
const stored =
  (module: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    name: `browser: ${name}`,
    file: `guest/host/browser/storage/${module}.ts`,
    find,
    replace,
    tests: ['test/e2e/browser-storage.test.ts'],
  });
const answer = of('range-answer');
const lines = of('fetched-lines');
const open = of('open-image');
const url = of('url-ranges');

/** What a server sends is a stranger's, and an image may be another one a moment later. */
export const mutants: Mutant[] = [
  answer('the whole file is taken', 'if (status === 200)', 'if (status === 0)'),
  answer('an encoded range is taken', "if (encoding !== 'identity')", "if (encoding === '')"),
  answer('another range is taken', 'first !== from || ', ''),
  answer('a shorter range is taken', ' || last !== end - 1', ''),
  answer('a refused condition is no change', 'if (status === 412 &&', 'if (status === 0 &&'),
  answer('another size is taken', 'if (size !== pinned.size)', 'if (size < 0)'),
  answer('another ETag is taken', 'if (version.tag !== pinned.tag)', 'if (size < 0)'),
  of('read-body')('less than was promised', 'if (end < length)', 'if (length < 0)'),
  lines('lines of a call go', 'if (this.#isPinned(number)) continue;', ''),
  open('an old image is read on', 'if (changed !== undefined) throw changed;', ''),
  open('a signal is not heeded later', 'end.signal.throwIfAborted();', ''),
  open('the commit is not required', '...(oid !== undefined && { commit: oid }),', ''),
  url('headers for which others are asked', '&& isOwn(url) && {', '&& {'),
  stored('image-cache')('parts of an older image', 'await forget(url, name);', ''),
  stored('image-cache')(
    'parts of which image?',
    'if (version === undefined) return',
    'if (false) return',
  ),
  stored('kept-lines')('a cache without bounds', 'if (surplus <= 0) return;', 'return;'),
  stored('saved-images')('an error page as an image', 'if (status !== 200 ||', 'if ('),
  stored('saved-images')('a part as an image', 'if (isNew) await', 'if (false) await'),
  url('a secret in a message', ".replace(/[?#].*$/s, '')", ''),
];
