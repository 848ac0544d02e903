import type { Mutant } from '../fixtures/mutant.ts';

const http = 'tender/block/remote/http';
const DEVICE = ['test/unit/tender/block/remote/http-device.test.ts'];
const ADDRESS = ['test/unit/tender/block/remote/address.test.ts'];
const nbd = 'tender/block/remote/nbd';
const qemu = 'tender/block/remote/qemu';
const NBD = ['test/unit/tender/block/remote/nbd-device.test.ts'];
const NBD_URI = ['test/unit/tender/block/remote/nbd-uri.test.ts'];
const PLACES = ['test/unit/tender/block/remote/image-address.test.ts'];
const CACHE = ['test/unit/tender/block/remote/cache.test.ts'];
const LOGINS = ['test/unit/tender/block/remote/credentials.test.ts'];
const TOOLS = ['test/e2e/remote-tools.test.ts'];
const REAL = ['test/e2e/remote-addresses.test.ts'];
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
    find: 'if (length !== undefined && Number(length) !== end - start) {',
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
  {
    name: 'nbd: a size beyond 2^53',
    file: `${nbd}/negotiate.ts`,
    find: 'if (!Number.isSafeInteger(size)) {',
    replace: 'if (false) {',
    tests: NBD,
  },
  {
    name: 'nbd: a long reply',
    file: `${nbd}/negotiate.ts`,
    find: 'if (head.length > MOST_DATA) {',
    replace: 'if (false) {',
    tests: NBD,
  },
  {
    name: 'nbd: a reply to another option',
    file: `${nbd}/negotiate.ts`,
    find: 'if (head.option !== option) {',
    replace: 'if (false) {',
    tests: NBD,
  },
  {
    name: 'nbd: replies without end',
    file: `${nbd}/negotiate.ts`,
    find: 'count < MOST_REPLIES',
    replace: 'true',
    tests: NBD,
  },
  {
    name: 'nbd: half a block',
    file: `${nbd}/negotiate.ts`,
    find: 'if (size % minimum !== 0) {',
    replace: 'if (false) {',
    tests: NBD,
  },
  {
    name: 'nbd: no TLS',
    file: `${nbd}/negotiate.ts`,
    find: 'if (reply.type === OptionReply.ACK) return;',
    replace: 'if (reply.type !== 0) return;',
    tests: NBD,
  },
  {
    name: 'nbd: words before TLS',
    file: `${nbd}/open-nbd-source.ts`,
    find: 'if (!reader.release())',
    replace: 'if (reader.release() === undefined)',
    tests: NBD,
  },
  {
    name: 'nbd: another cookie',
    file: `${nbd}/nbd-client.ts`,
    find: 'reply.high === 0 ? this.#waiting.get(reply.low) : undefined',
    replace: 'this.#waiting.get(reply.low)',
    tests: NBD,
  },
  {
    name: 'nbd: certificates by the environment',
    file: `${nbd}/client-tls.ts`,
    find: 'rejectUnauthorized: true',
    replace: 'rejectUnauthorized: false',
    tests: REAL,
  },
  {
    name: 'nbd: block sizes',
    file: 'tender/nbd/block-size-info.ts',
    find: 'return makeSense ?',
    replace: 'return true ?',
    tests: NBD,
  },
  {
    name: 'nbd: keys without TLS',
    file: `${nbd}/nbd-uri.ts`,
    find: 'if (!isEncrypted && (pskFile ?? certificates) !== undefined) {',
    replace: 'if (false) {',
    tests: NBD_URI,
  },
  {
    name: 'remote: a file of another machine',
    file: 'tender/block/remote/image-address.ts',
    find: "if (path.includes('\\0')) throw",
    replace: 'if (false) throw',
    tests: PLACES,
  },
  {
    name: 'qemu: a backing file',
    file: `${qemu}/describe-disk.ts`,
    find: "...((driver === 'qcow2' || driver === 'vmdk') && { backing: null }),",
    replace: '',
    tests: REAL,
  },
  {
    name: 'qemu: a data file',
    file: `${qemu}/describe-disk.ts`,
    find: 'if (leansOnOthers(driver, head)) {',
    replace: 'if (false) {',
    tests: REAL,
  },
  {
    name: 'qemu: a format that is guessed',
    file: `${qemu}/describe-disk.ts`,
    find: "if (typeof (options as { driver?: unknown } | null)?.driver !== 'string') {",
    replace: 'if (false) {',
    tests: REAL,
  },
  {
    name: 'qemu: outlives a killed tender',
    file: `${qemu}/start-qemu-nbd.ts`,
    find: 'kill -s KILL $child 2>/dev/null',
    replace: '',
    tests: REAL,
  },
  {
    name: 'cache: a line that does not prove itself',
    file: 'tender/block/remote/cache/line-files.ts',
    find: 'this.#proofOf(line, content).equals(proof) ? content : undefined',
    replace: 'content',
    tests: CACHE,
  },
  {
    name: 'cache: a line of another place',
    file: 'tender/block/remote/cache/line-files.ts',
    find: "digest(this.#key, String(line), '\\0', content)",
    replace: 'digest(this.#key, content)',
    tests: CACHE,
  },
  {
    name: 'cache: a line of another image',
    file: 'tender/block/remote/cache/line-files.ts',
    find: "digest(this.#key, String(line), '\\0', content)",
    replace: 'digest(String(line), content)',
    tests: CACHE,
  },
  {
    name: 'cache: a folder of others',
    file: 'tender/block/remote/cache/cache-folder.ts',
    find: '(mode & OTHERS_MAY_WRITE) !== 0',
    replace: 'false',
    tests: CACHE,
  },
  {
    name: 'cache: no bounds',
    file: 'tender/block/remote/cache/cache-folder.ts',
    find: 'if (total <= most) break;',
    replace: 'break;',
    tests: CACHE,
  },
  {
    name: 'cache: what a server refuses',
    file: 'tender/block/remote/http/open-http-source.ts',
    find: '|| !(error instanceof Unreachable)',
    replace: '',
    tests: CACHE,
  },
  {
    name: 'remote: logins and headers for another server',
    file: 'tender/block/remote/http/address.ts',
    find: 'url.origin === from.url.origin ? from : NOTHING',
    replace: 'from',
    tests: DEVICE,
  },
  {
    name: 'remote: headers that are ours',
    file: 'tender/block/remote/http/credentials.ts',
    find: 'if (OURS.test(name)) {',
    replace: 'if (false) {',
    tests: LOGINS,
  },
  {
    name: 'remote: a login of another host',
    file: 'tender/block/remote/http/credentials.ts',
    find: 'plain[at + 1]?.toLowerCase() === host.toLowerCase()',
    replace: 'true',
    tests: LOGINS,
  },
  {
    name: 'fetch: another commit',
    file: 'image-tools/docteur/image-options.ts',
    find: 'if (commit === undefined || oidToHex(commit) === found) return;',
    replace: 'return;',
    tests: TOOLS,
  },
  {
    name: 'remote: any bytes as the end of an image',
    file: 'tender/block/remote/http/range.ts',
    find: "if ('last' in wanted) return { start: Math.max(0, size - wanted.last), end: size };",
    replace:
      "if ('last' in wanted) return { start: Math.max(0, 1049088 - wanted.last), end: size };",
    tests: ['test/unit/tender/block/remote/http-tail.test.ts'],
  },
];
