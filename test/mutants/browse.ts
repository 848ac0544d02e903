import type { Mutant } from '../fixtures/mutant.ts';

const of =
  (module: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    name: `browse: ${name}`,
    file: `image-tools/docteur/browse/${module}.ts`,
    find,
    replace,
    tests: ['test/e2e/docteur-browse.test.ts'],
  });
const map =
  (module: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    ...of(module)(name, find, replace),
    tests: ['test/unit/image-tools/docteur/browse/map-of-paths.test.ts'],
  });
const server = of('browse-server');
const policy = of('security-policy');

/** What an image holds is a stranger's, and others use this machine. */
export const mutants: Mutant[] = [
  server('names of strangers lead here', 'if (!hosts.includes(host))', 'if (false)'),
  server('a path that can be guessed', "randomBytes(16).toString('hex')", "'0'.repeat(32)"),
  server(
    'other methods',
    "if (request.method !== 'GET' && request.method !== 'HEAD')",
    "if (request.method === 'PUT')",
  ),
  server('no policy in the header', "'content-security-policy':", "'x-policy':"),
  policy('markup', `"require-trusted-types-for 'script'",`, ''),
  policy('requests elsewhere', '["\'self\'", ...origins]', "['*']"),
  of('page-files')(
    'no policy in the page',
    'http-equiv="Content-Security-Policy"',
    'name="policy"',
  ),
  of('static-page')('pages of others', 'if (existsSync(page) &&', 'if (false &&'),
  of('page/names')(
    'names that turn around',
    'return toOneLine(UTF8.decode(bytes));',
    'return UTF8.decode(bytes);',
  ),
  of('page/content')('texts that turn around', 'TURNS,\n', '/^$/g,\n'),
  map('page/map-of-paths')(
    'a map may fetch all of an image',
    'if (image.fetched() > bound) {',
    'if (false) {',
  ),
  map('page/map-of-paths')(
    'a map goes on when nobody looks',
    'if (places.length % STEP === 0 && !onProgress(places.length)) return undefined;',
    '',
  ),
  map('page/walk-image')('paths without end', 'if (paths > most)', 'if (false)'),
];
