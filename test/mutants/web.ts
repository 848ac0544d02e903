import type { Mutant } from '../fixtures/mutant.ts';

const http = 'image-tools/docteur/serve/http';
const REQUEST = ['test/unit/image-tools/docteur/serve/http/plain-request.test.ts'];
const CONNECTIONS = ['test/unit/image-tools/docteur/serve/http/plain-connections.test.ts'];
const SITE = ['test/contract/website.test.ts'];

export const mutants: Mutant[] = [
  {
    name: 'web: a plain request may have a body',
    file: `${http}/plain-request.ts`,
    find: "'content-length', 'transfer-encoding', 'trailer'",
    replace: "'trailer'",
    tests: REQUEST,
  },
  {
    name: 'web: what follows a plain request is left out',
    file: `${http}/plain-request.ts`,
    find: '\\r\\n)+\\r\\n$/;',
    replace: '\\r\\n)+\\r\\n/;',
    tests: REQUEST,
  },
  {
    name: 'web: a header may be there twice',
    file: `${http}/plain-request.ts`,
    find: 'headers.has(name) || NOT_PLAIN.has(name)',
    replace: 'NOT_PLAIN.has(name)',
    tests: REQUEST,
  },
  {
    name: 'web: plain requests of any length',
    file: `${http}/plain-request.ts`,
    find: 'if (bytes.length > MAX_BYTES) return undefined;',
    replace: '',
    tests: REQUEST,
  },
  {
    name: 'web: a plain request without a host',
    file: `${http}/plain-request.ts`,
    find: "if (!headers.has('host')) return undefined;",
    replace: '',
    tests: REQUEST,
  },
  {
    name: 'web: a connection that is to end or to change stays',
    file: `${http}/plain-request.ts`,
    find: "const isKept = connection === undefined || connection.toLowerCase() === 'keep-alive';",
    replace: 'const isKept = connection !== null;',
    tests: REQUEST,
  },
  {
    name: 'web: a value of a header may end its line',
    file: `${http}/answer-head.ts`,
    find: '!NAME.test(name) || !VALUE.test(value)',
    replace: '!NAME.test(name)',
    tests: CONNECTIONS,
  },
  {
    name: 'web: an answer without a length',
    file: `${http}/answer-head.ts`,
    find: "if (status !== 304 && headers['content-length'] === undefined) return undefined;",
    replace: '',
    tests: CONNECTIONS,
  },
  {
    name: 'web: a head of any length',
    file: `${http}/answer-head.ts`,
    find: 'text.length <= MAX_CHARACTERS ? text : undefined',
    replace: 'text',
    tests: CONNECTIONS,
  },
  {
    name: 'web: a client that reads nothing is answered on and on',
    file: `${http}/plain-connections.ts`,
    find: 'if (connection.isSending || socket.writableNeedDrain) {',
    replace: 'if (connection.isSending) {',
    tests: CONNECTIONS,
  },
  {
    name: 'web: an answer begins within another',
    file: `${http}/plain-connections.ts`,
    find: 'if (connection.isSending || socket.writableNeedDrain) {',
    replace: 'if (socket.writableNeedDrain) {',
    tests: CONNECTIONS,
    why: 'each part but the last fills the buffer to its mark, so that the socket says the same; parts may become smaller',
  },
  {
    name: 'web: silent clients stay',
    file: `${http}/plain-connections.ts`,
    find: 'socket.setTimeout(this.#options.idleMs);',
    replace: '',
    tests: CONNECTIONS,
  },
  {
    name: 'web: the end of the server cuts answers',
    file: `${http}/plain-connections.ts`,
    find: 'if (!connection.isSending) connection.socket.end();',
    replace: 'connection.socket.end();',
    tests: CONNECTIONS,
  },
  {
    name: 'web: any number of clients that are behind',
    file: `${http}/send-buffers.ts`,
    find: 'if (this.#users.size >= this.#maxUsed) {',
    replace: 'if (this.#users.size >= 1e9) {',
    tests: ['test/unit/image-tools/docteur/serve/http/send-buffers.test.ts'],
  },
  {
    name: "web: what was left in memory is sent for a file's bytes",
    file: 'guest/host/web/describe-file.ts',
    find: 'if (bytes.length !== into.length) {',
    replace: 'if (bytes.length > into.length) {',
    tests: ['test/unit/guest/host/web/describe-file.test.ts'],
  },
  {
    name: 'web: an encoded path is taken for a known one',
    file: 'guest/host/web/site.ts',
    find: 'const ENCODED = /[%?#\\\\]/;',
    replace: 'const ENCODED = /[?#\\\\]/;',
    tests: SITE,
  },
  {
    name: 'web: dotfiles are served',
    file: 'guest/host/web/found-addresses.ts',
    find: 'if (!dotfiles && hasDotName(path)) return undefined;',
    replace: '',
    tests: SITE,
  },
];
