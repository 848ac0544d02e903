import type { Mutant } from '../fixtures/mutant.ts';

const unit = (name: string) => `test/unit/tender/monitors/node/code-cache/${name}.test.ts`;
const MESSAGES = ['test/unit/tender/transport/message-server.test.ts'];
const RUNS = ['test/e2e/compiled-code.test.ts'];

const of =
  (module: string) =>
  (name: string, find: string, replace: string): Mutant => ({
    name: `code: ${name}`,
    file: `tender/monitors/node/code-cache/${module}.ts`,
    find,
    replace,
    tests: [unit(module)],
  });
const place = of('private-folder');
const folder = of('code-folder');
const cache = of('code-cache');
const messages = (name: string, find: string, replace: string): Mutant => ({
  name: `code: ${name}`,
  file: 'tender/transport/message-server.ts',
  find,
  replace,
  tests: MESSAGES,
});

/** What V8 made of a guest's script is believed by V8: who may have written it. */
export const mutants: Mutant[] = [
  place('a relative folder is one', 'if (isAbsolute(cache))', "if (cache !== '')"),
  place('a folder below that of a stranger', 'owner !== uid && owner !== 0', 'false'),
  place(
    'a folder below one that others write',
    'if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) return false;',
    '',
  ),
  place(
    'only the folder itself is looked at',
    'folder = dirname(folder)) {\n    const',
    ') {\n    const',
  ),
  place(
    'something is made before it is looked at',
    'if (!isOutOfReach(realpathSync(nearest), uid)) return undefined;',
    '',
  ),
  place('a link in its place', ' | constants.O_NOFOLLOW', ''),
  {
    ...place(
      'a folder of another',
      'owner === uid && (mode & OTHERS) === 0',
      '(mode & OTHERS) === 0',
    ),
    why: "the walk to the folder refuses a stranger's; one of root's can only be opened by root",
  },
  place(
    'a folder that others read or write',
    'owner === uid && (mode & OTHERS) === 0',
    'owner === uid',
  ),
  place('a folder for everybody', '{ mode: 0o700 }', '{ mode: 0o755 }'),
  folder('a link is followed', 'O_RDONLY | O_NOFOLLOW | O_NONBLOCK', 'O_RDONLY | O_NONBLOCK'),
  folder('a file of any size is read', ' || stat.size > MAX_FILE', ''),
  folder('a file of any size is written', 'if (size > MAX_FILE) return;', ''),
  folder('a file of a stranger', 'stat.uid !== process.geteuid?.() || ', ''),
  folder('a file that others write', ' || (stat.mode & OTHERS_WRITE) !== 0', ''),
  folder('a file that others read', "'wx', 0o600", "'wx', 0o644"),
  folder('what is in the way is written to', "'wx', 0o600", "'w', 0o600"),
  folder('any number of files', 'count <= MAX_FILES && ', ''),
  folder('any number of bytes', ' && bytes <= MAX_BYTES', ''),
  folder('use counts for nothing', 'if (now - stat.mtimeMs > TOUCH_EVERY)', 'if (false)'),
  folder('half a file stays', '    unlinkSync(temporary);\n', ''),
  cache('code of any script', 'Buffer.concat([about, script])', 'about'),
  cache('code for other flags', ', arch, flags]', ', arch]'),
  cache("another file's hash", 'Buffer.concat([key, code])', 'code'),
  cache('harmed code', '.equals(checksum(code)) ? code', '.equals(checksum(code)) || true ? code'),
  messages('it is taken again and again', '          takeCode = undefined;\n', ''),
  messages(
    'it has no bound',
    'takeCode !== undefined ? MAX_CODE_BYTES',
    'takeCode !== undefined ? 2 ** 30',
  ),
  {
    name: 'code: it is made in every sandbox',
    file: 'tender/monitors/node/node-monitor.ts',
    find: "if (setting.sandbox !== 'strict' || !setting.codeCache) return undefined;",
    replace: 'if (!setting.codeCache) return undefined;',
    tests: RUNS,
  },
  {
    name: 'code: V8 refuses it for ever',
    file: 'tender/monitors/node/runtime/guest-realm.ts',
    find: 'if (compiled.cachedDataRejected) onStale();',
    replace: '',
    tests: RUNS,
  },
];
