import type { Mutant } from '../fixtures/mutant.ts';

const WIRE = ['test/unit/tender/fetcher/wire.test.ts'];
const ANSWERS = ['test/unit/tender/fetcher/answer-requests.test.ts'];
const CLIENT = ['test/unit/tender/fetcher/fetch-client.test.ts'];
const LINES = ['test/unit/tender/fetcher/awaited-lines.test.ts'];
const LATER = ['test/unit/tender/exports/vhost-user/later.test.ts'];
const FILTER = ['test/unit/tender/jail/filter.test.ts'];
const LANDLOCK = ['test/unit/tender/jail/landlock.test.ts'];
const MOUNT = ['test/e2e/remote-mount.test.ts'];
const MACHINES = ['test/e2e/remote-machines.test.ts'];
const TOOLS = ['test/e2e/remote-tools.test.ts'];

const fetcher = 'tender/fetcher';
const vhost = 'tender/exports/vhost-user';

export const mutants: Mutant[] = [
  {
    name: 'fetcher: bytes behind the image are asked for',
    file: `${fetcher}/wire.ts`,
    find: 'return offset + length <= size ?',
    replace: 'return offset + length <= 2 ** 53 ?',
    tests: WIRE,
  },
  {
    name: 'fetcher: a request of any length',
    file: `${fetcher}/wire.ts`,
    find: ' || length > MAX_LENGTH) return undefined;',
    replace: ') return undefined;',
    tests: WIRE,
  },
  {
    name: 'fetcher: any number of requests',
    file: `${fetcher}/answer-requests.ts`,
    find: 'if (request === undefined || inFlight > MAX_REQUESTS) {',
    replace: 'if (request === undefined) {',
    tests: ANSWERS,
  },
  {
    name: 'fetcher: words without end',
    file: `${fetcher}/answer-requests.ts`,
    find: 'words.subarray(0, MAX_WORDS)',
    replace: 'words',
    tests: ANSWERS,
  },
  {
    name: 'fetcher: an answer of any length',
    file: `${fetcher}/fetch-client.ts`,
    find: 'status === DONE ? length === asked.length :',
    replace: 'status === DONE ? length >= 0 :',
    tests: CLIENT,
  },
  {
    name: 'fetcher: more under way than the socket holds',
    file: `${fetcher}/fetch-client.ts`,
    find: 'while (this.#asked.size < MAX_REQUESTS) {',
    replace: 'while (this.#asked.size < 1e9) {',
    tests: CLIENT,
  },
  {
    name: 'fetcher: words that command a terminal',
    file: `${fetcher}/fetch-client.ts`,
    find: 'new HostError(cleanText(Buffer.from(bytes).toString()))',
    replace: 'new HostError(Buffer.from(bytes).toString())',
    tests: LINES,
  },
  {
    name: 'fetcher: what a call has touched goes before it ends',
    file: `${fetcher}/awaited-lines.ts`,
    find: 'if (pinned.has(number)) continue;',
    replace: '',
    tests: LINES,
  },
  {
    name: 'fetcher: it may look at other processes, and execute',
    file: 'tender/jail/filter.ts',
    find: '...each(table, FETCHER_DEADLY, KILL_PROCESS),',
    replace: '',
    tests: FILTER,
  },
  {
    name: 'fetcher: it may execute once it runs',
    file: 'tender/jail/filter.ts',
    find: '[...each(table, FETCHER_DEADLY_LATER, KILL_PROCESS), ALLOW]',
    replace: '[ALLOW]',
    tests: FILTER,
  },
  {
    name: 'fetcher: files that it reads, it may change',
    file: 'tender/jail/landlock.ts',
    find: 'for (const path of grants.folders) grant(libc, arena, ruleset, path, READ);',
    replace:
      'for (const path of grants.folders) grant(libc, arena, ruleset, path, fileRights(version));',
    tests: LANDLOCK,
  },
  {
    name: 'fetcher: it gets the whole environment',
    file: `${fetcher}/start-fetcher.ts`,
    find: "return kind === 'qemu' ? all :",
    replace: "return kind !== 'nbd' ? all :",
    tests: MOUNT,
  },
  {
    name: 'fetcher: it keeps its capabilities',
    file: `${fetcher}/start-fetcher.ts`,
    find: 'steps: [...networkSteps(arena, ruleset), ...filter],',
    replace: 'steps: filter,',
    tests: MOUNT,
  },
  {
    name: 'fetcher: another version serves a machine that had one',
    file: `${vhost}/machine-image.ts`,
    find: 'if (fetcher.size !== size || fetcher.version !== version) {',
    replace: 'if (fetcher.size < 0) {',
    tests: MACHINES,
  },
  {
    name: 'fetcher: a ring that stopped forgets what was under way',
    file: `${vhost}/ordered-server.ts`,
    find: 'return (this.#queue.position - this.#waiting.length) & 0xffff;',
    replace: 'return this.#queue.position;',
    tests: LATER,
  },
  {
    name: 'fetcher: a head begins two chains',
    file: `${vhost}/ordered-server.ts`,
    find: 'if (this.#waiting.some((other) => other.chain.head === head)) {',
    replace: 'if (head < 0) {',
    tests: LATER,
  },
  {
    name: 'fetcher: to be late is an error of FUSE',
    file: 'guest/host/fuse/fuse-server.ts',
    find: 'if (error instanceof MissingBytes) throw error;',
    replace: '',
    tests: ['test/unit/guest/host/fuse/later.test.ts'],
  },
  {
    name: 'fetcher: whoever waits for a network cannot leave',
    file: 'image-tools/mount/serve-loop.ts',
    find: 'if (interrupted !== undefined) return this.#interrupt(awaited, interrupted);',
    replace: '',
    tests: MOUNT,
  },
  {
    name: 'fetcher: any commit is served',
    file: 'image-tools/docteur/serve/served-image.ts',
    find: 'openImage(place, mountOf(options));',
    replace: 'openImage(place);',
    tests: MACHINES,
  },
  {
    name: 'fetcher: any commit is exported',
    file: 'image-tools/docteur/commands/export.ts',
    find: 'requireCommit(options, commit);',
    replace: '',
    tests: TOOLS,
  },
];
