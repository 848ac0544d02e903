import type { Mutant } from '../fixtures/mutant.ts';

const NEGOTIATION = ['test/unit/tender/exports/nbd/negotiation.test.ts'];
const TRANSMISSION = ['test/unit/tender/exports/nbd/transmission.test.ts'];
const MESSAGES = ['test/unit/tender/nbd/messages.test.ts'];
const HOSTILE = ['test/e2e/hostile-nbd.test.ts'];
const SESSION = ['test/unit/tender/exports/vhost-user/session.test.ts'];
const FILTER = ['test/unit/tender/jail/filter.test.ts'];

const nbd = 'tender/exports/nbd';
const vhost = 'tender/exports/vhost-user';

export const mutants: Mutant[] = [
  {
    name: 'serve: an NBD option of any length',
    file: `${nbd}/negotiation.ts`,
    find: 'if (length > MAX_OPTION_BYTES)',
    replace: 'if (length > 2 ** 40)',
    tests: NEGOTIATION,
  },
  {
    name: 'serve: any number of NBD options',
    file: `${nbd}/negotiation.ts`,
    find: 'if (this.#options > MAX_OPTIONS)',
    replace: 'if (this.#options > 1e9)',
    tests: NEGOTIATION,
  },
  {
    name: 'serve: TLS is required of nobody',
    file: `${nbd}/negotiation.ts`,
    find: "if (this.#tls === 'require') {",
    replace: 'if (this.#tls === undefined) {',
    tests: NEGOTIATION,
  },
  {
    name: 'serve: what was said in plain text counts as said under TLS',
    file: `${nbd}/negotiation.ts`,
    find: 'if (this.#input.length > 0) return refuse',
    replace: 'if (this.#input.length > 1e9) return refuse',
    tests: NEGOTIATION,
  },
  {
    name: 'serve: a context selected for one export holds for all',
    file: `${nbd}/negotiation.ts`,
    find: 'const context = this.#context === found ? CONTEXT_ID : undefined;',
    replace: 'const context = this.#context !== undefined ? CONTEXT_ID : undefined;',
    tests: NEGOTIATION,
  },
  {
    name: 'serve: a string of NBD beyond its data',
    file: 'tender/nbd/text.ts',
    find: 'if (length > MAX_STRING || end > bytes.length) return undefined;',
    replace: 'if (length > MAX_STRING) return undefined;',
    tests: MESSAGES,
    why: 'whoever reads on behind the string finds that the data have ended; this check only says so sooner',
  },
  {
    name: 'serve: a string of NBD of any length',
    file: 'tender/nbd/text.ts',
    find: 'if (length > MAX_STRING || end > bytes.length) return undefined;',
    replace: 'if (end > bytes.length) return undefined;',
    tests: MESSAGES,
  },
  {
    name: 'serve: NBD reads beyond the end',
    file: `${nbd}/transmission.ts`,
    find: 'return length > 0 && offset <= this.#session.export.size - length;',
    replace: 'return length > 0;',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: NBD reads of any length',
    file: `${nbd}/transmission.ts`,
    find: 'if (badFlag || length > MAX_PAYLOAD)',
    replace: 'if (badFlag)',
    tests: TRANSMISSION,
    why: 'the image of the tests is shorter than 32 MiB: such a read ends beyond it, which is refused too',
  },
  {
    name: 'serve: NBD writes whose data are taken for requests',
    file: `${nbd}/transmission.ts`,
    find: 'this.#swallow = length;',
    replace: 'this.#swallow = 0;',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: NBD writes of any length are swallowed',
    file: `${nbd}/transmission.ts`,
    find: 'if (length > MAX_PAYLOAD) {',
    replace: 'if (length > 2 ** 40) {',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: any number of requests waits for a slow device',
    file: `${nbd}/transmission.ts`,
    find: 'if (this.#jobs.length >= MAX_WAITING || this.#held >= MAX_WAITING_BYTES) return false;',
    replace: 'if (this.#held >= MAX_WAITING_BYTES) return false;',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: any number of bytes waits for a slow device',
    file: `${nbd}/transmission.ts`,
    find: 'if (this.#jobs.length >= MAX_WAITING || this.#held >= MAX_WAITING_BYTES) return false;',
    replace: 'if (this.#jobs.length >= MAX_WAITING) return false;',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: answers pile up for a slow reader',
    file: `${nbd}/reply-writer.ts`,
    find: 'if (this.#sending >= MAX_BUFFERS) return undefined;',
    replace: 'if (this.#sending >= 1e9) return undefined;',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: data behind an error in their middle',
    file: `${nbd}/transmission.ts`,
    find: 'if (reading?.ended) release();',
    replace: 'if (reading === undefined && bytes.length === 0) release();',
    tests: TRANSMISSION,
  },
  {
    name: 'serve: any number of NBD clients',
    file: `${nbd}/server.ts`,
    find: 'if (open.size >= maxConnections) {',
    replace: 'if (open.size >= 1e9) {',
    tests: HOSTILE,
  },
  {
    name: 'serve: TLS takes any name with any key',
    file: `${nbd}/tls.ts`,
    find: 'keys.get(name) ?? null',
    replace: '[...keys.values()][0] ?? null',
    tests: HOSTILE,
  },
  {
    name: 'serve: TLS with a key that can be guessed',
    file: 'tender/nbd/psk-keys.ts',
    find: 'hex.length < LEAST_KEY_BYTES * 2',
    replace: 'hex.length < 2',
    tests: HOSTILE,
  },
  {
    name: 'serve: clients need no certificate',
    file: `${nbd}/tls.ts`,
    find: 'rejectUnauthorized: verifyPeer,',
    replace: 'rejectUnauthorized: false,',
    tests: HOSTILE,
  },
  {
    name: 'serve: a path is taken from another server',
    file: 'tender/exports/stale-socket.ts',
    find: 'if (!dead) throw',
    replace: 'if (dead === undefined) throw',
    tests: HOSTILE,
  },
  {
    name: 'serve: a file that stands in the way is removed',
    file: 'tender/exports/stale-socket.ts',
    find: 'if (!stats.isSocket()) throw',
    replace: 'if (stats.isDirectory()) throw',
    tests: HOSTILE,
  },
  {
    name: 'serve: vhost-user, any number of regions',
    file: `${vhost}/wire/memory-table.ts`,
    find: 'if (count > MAX_DESCRIPTORS || payload.length !== 8 + count * REGION_BYTES) return undefined;',
    replace: 'if (payload.length !== 8 + count * REGION_BYTES) return undefined;',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, regions without descriptors',
    file: `${vhost}/guest-memory.ts`,
    find: 'if (fds.length !== regions.length) {',
    replace: 'if (fds.length > regions.length) {',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, a region without end',
    file: `${vhost}/guest-memory.ts`,
    find: 'offset + size <= MAX_REGION &&',
    replace: 'offset >= 0 &&',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, memory of a failed table stays',
    file: `${vhost}/guest-memory.ts`,
    find: `    } catch (error) {
      for (const one of mapped) one.unmap();
      throw error;`,
    replace: `    } catch (error) {
      throw error;`,
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, a ring outside the memory',
    file: `${vhost}/guest-memory.ts`,
    find: 'if (at >= 0 && at < region.size) return region.guest + at;',
    replace: 'if (at >= 0) return region.guest + at;',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, the size of a ring that runs',
    file: `${vhost}/ring.ts`,
    find: "this.#requireStopped('the size');",
    replace: '',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, descriptors that nobody meant stay open',
    file: `${vhost}/session.ts`,
    find: 'for (const fd of left) this.#host.close(fd);',
    replace: '',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, features that were not offered',
    file: `${vhost}/session.ts`,
    find: "if ((features & ~this.#features) !== 0n) throw new VhostError('features that were not offered');",
    replace: '',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, a configuration of any length',
    file: `${vhost}/wire/config-space.ts`,
    find: 'size > MAX_CONFIG || ',
    replace: '',
    tests: SESSION,
  },
  {
    name: 'serve: vhost-user, an answer that was not asked for',
    file: `${vhost}/session.ts`,
    find: 'needReply && this.#acknowledges && !answers',
    replace: 'this.#acknowledges && !answers',
    tests: SESSION,
  },
  {
    name: "serve: the jail, a machine's memory that can be executed",
    file: 'tender/jail/filter.ts',
    find: "...block('equal', MAP_SHARED, [...onlyBits(2, PROT_READ | PROT_WRITE), ALLOW]),",
    replace: "...block('equal', MAP_SHARED, [ALLOW]),",
    tests: FILTER,
  },
  {
    name: 'serve: the jail, front ends from any socket',
    file: 'tender/jail/filter.ts',
    find: "['accept4', oneOf(0, [listener])],",
    replace: "['accept4', [ALLOW]],",
    tests: FILTER,
  },
  {
    name: 'serve: the jail, anything that fcntl can do',
    file: 'tender/jail/filter.ts',
    find: "['fcntl', oneOf(1, [F_GET_SEALS])],",
    replace: "['fcntl', [ALLOW]],",
    tests: FILTER,
  },
];
