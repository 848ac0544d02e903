import type { Mutant } from '../fixtures/mutant.ts';

const http = 'tender/block/remote/http';
const DEVICE = ['test/unit/tender/block/remote/http-device.test.ts'];
const ADDRESS = ['test/unit/tender/block/remote/address.test.ts'];
const GUEST = ['test/e2e/remote-http.test.ts'];

/** Images on web servers: what a server may answer, and what it is told. */
export const mutants: readonly Mutant[] = [
  {
    name: 'remote: a redirect out of HTTP',
    file: `${http}/address.ts`,
    find: "if (url.protocol !== 'https:' && url.protocol !== 'http:') {",
    replace: 'if (false) {',
    tests: ADDRESS,
  },
  {
    name: 'remote: a redirect out of TLS',
    file: `${http}/address.ts`,
    find: "if (from.url.protocol === 'https:' && url.protocol !== 'https:') {",
    replace: 'if (false) {',
    tests: ADDRESS,
  },
  {
    name: 'remote: a login for another server',
    file: `${http}/address.ts`,
    find: 'url.origin === from.url.origin ? from.authorization : undefined',
    replace: 'from.authorization',
    tests: DEVICE,
  },
  {
    name: 'remote: a signature in a message',
    file: `${http}/address.ts`,
    find: "url.search === '' ? '' : '?...'",
    replace: 'url.search',
    tests: DEVICE,
  },
  {
    name: 'remote: a second redirect',
    file: `${http}/http-client.ts`,
    find: 'if (place !== this.#address || hops > 1) {',
    replace: 'if (hops > 5) {',
    tests: DEVICE,
  },
  {
    name: 'remote: another version',
    file: `${http}/http-client.ts`,
    find: 'if (this.#validator !== undefined && !isSameVersion(this.#validator, headers)) {',
    replace: 'if (false) {',
    tests: DEVICE,
  },
  {
    name: 'remote: a condition that is not sent',
    file: `${http}/http-client.ts`,
    find: "...(this.#validator && { 'if-range': this.#validator.ifRange }),",
    replace: '',
    tests: DEVICE,
  },
  {
    name: 'remote: certificates by the environment',
    file: `${http}/http-client.ts`,
    find: 'rejectUnauthorized: true',
    replace: '',
    tests: GUEST,
  },
  {
    name: 'remote: weak ETags',
    file: `${http}/validator.ts`,
    find: 'STRONG_ETAG.test(etag)',
    replace: 'true',
    tests: DEVICE,
  },
  {
    name: 'remote: a date of this second',
    file: `${http}/validator.ts`,
    find: 'return sent - modified >= 1000;',
    replace: 'return true;',
    tests: DEVICE,
  },
  {
    name: 'remote: compressed bytes',
    file: `${http}/range.ts`,
    find: "if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {",
    replace: 'if (false) {',
    tests: DEVICE,
  },
  {
    name: 'remote: another range',
    file: `${http}/range.ts`,
    find: 'if (!isWanted) {',
    replace: 'if (false) {',
    tests: DEVICE,
  },
  {
    name: 'remote: another size',
    file: `${http}/range.ts`,
    find: 'if (size !== undefined && whole !== size) {',
    replace: 'if (false) {',
    tests: DEVICE,
  },
  {
    name: 'remote: another length',
    file: `${http}/range.ts`,
    find: 'if (length !== undefined && Number(length) !== end - wanted.start) {',
    replace: 'if (false) {',
    tests: DEVICE,
  },
  {
    name: 'remote: a body that is too short',
    file: `${http}/exchange.ts`,
    find: 'if (filled === length) done(body);',
    replace: 'if (filled <= length) done(body);',
    tests: DEVICE,
  },
  {
    name: 'remote: a password in a message',
    file: 'tender/commands/tender.ts',
    find: 'complain(hidePassword(hint));',
    replace: 'complain(hint);',
    tests: GUEST,
  },
];
