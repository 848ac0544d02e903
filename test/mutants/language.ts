import type { Mutant } from '../fixtures/mutant.ts';

const WALL = ['test/contract/language-wall/node-24.test.ts'];
const HOST = ['test/unit/tender/monitors/node/runtime/harden-host.test.ts'];
const SHA1 = ['test/unit/tender/monitors/node/runtime/sha1.test.ts'];

const GUESTS = ['test/e2e/hostile-guests.test.ts'];
const EVENTS = ['test/unit/tender/monitors/node/runtime-event.test.ts'];
const COSTS = ['test/malformed/message-costs.test.ts'];

const realm = (file: string) => `tender/monitors/node/realm/${file}.ts`;
const runtime = (file: string) => `tender/monitors/node/runtime/${file}.ts`;

/** What keeps a guest's plain JavaScript inside its realm. */
export const mutants: Mutant[] = [
  {
    name: 'language: import() is answered by Node',
    file: runtime('node-hooks'),
    find: '      setImportModuleDynamicallyCallback(importModule);\n',
    replace: '',
    tests: WALL,
  },
  {
    name: 'language: stacks are made by Node',
    file: runtime('node-hooks'),
    find: '      setPrepareStackTraceCallback(prepareStackTrace);\n',
    replace: '',
    tests: WALL,
  },
  {
    name: 'language: the guest runs in the realm of Node',
    file: runtime('guest-realm'),
    find: 'script.runInContext(context) as GuestFunction',
    replace: 'script.runInThisContext() as GuestFunction',
    tests: WALL,
  },
  {
    name: 'language: WebAssembly keeps what asks the host for code',
    file: realm('globals'),
    find: '  for (const name of NO_WEBASSEMBLY) remove(WebAssembly, name);\n',
    replace: '',
    tests: WALL,
  },
  {
    name: 'language: every global stays',
    file: realm('globals'),
    find: "    if (typeof key !== 'string' || !KEPT.has(key)) remove(globalThis, key);\n",
    replace: '',
    tests: ['test/e2e/hostile-guests.test.ts'],
  },
  {
    name: "language: the memory inherits from the host's buffers",
    file: realm('machine'),
    find: '  setPrototypeOf(memory, ArrayBuffer.prototype);\n',
    replace: '',
    tests: WALL,
  },
  {
    name: 'language: frames of the host are in the stack',
    file: realm('hooks'),
    find: 'if (isGuests(site, hostFiles)) text',
    replace: 'text',
    tests: WALL,
  },
  {
    name: 'language: an array lies about its length',
    file: runtime('view-of'),
    find: '      apply(byteLength, value, []),',
    replace: '      value.byteLength,',
    tests: SHA1,
  },
  {
    name: 'language: what is no array of bytes is hashed',
    file: runtime('sha1'),
    find: 'isBytes(piece) ? viewOf(piece) : undefined',
    replace: 'viewOf(piece)',
    tests: SHA1,
  },
  {
    name: 'language: process stays whole',
    file: runtime('harden-host'),
    find: "if (typeof key === 'string' && !KEPT_OF_PROCESS.has(key)) Reflect",
    replace: "if (typeof key !== 'string') Reflect",
    tests: HOST,
  },
  {
    name: "language: functions of the host's lead to a compiler",
    file: runtime('harden-host'),
    find: "    if (kinds.includes(object)) Reflect.deleteProperty(object, 'constructor');\n",
    replace: '',
    tests: HOST,
  },
  {
    name: "language: the host's own objects can be changed",
    file: runtime('harden-host'),
    find: '    Object.freeze(object);\n',
    replace: '',
    tests: HOST,
  },
  {
    name: 'language: a debugger opens in the tender at a signal',
    file: 'tender/commands/tender.ts',
    find: "  process.on('SIGUSR1', () => {});\n",
    replace: '',
    tests: GUESTS,
  },
  {
    name: "language: what the guest's process writes to stderr is shown as it is",
    file: 'tender/monitors/node/fatal-output.ts',
    find: 'cleanText(fatal)',
    replace: 'fatal',
    tests: ['test/unit/tender/monitors/node/fatal-output.test.ts'],
  },
  {
    name: 'language: lines of a guest pass for the tender’s',
    file: 'tender/monitors/node/guest-words.ts',
    find: "GUEST_MARK = 'guest: '",
    replace: "GUEST_MARK = ''",
    tests: GUESTS,
  },
  {
    name: 'language: a terminal obeys a guest',
    file: 'tender/base/clean-text.ts',
    find: ".replace(harmful, ' ')",
    replace: '',
    tests: ['test/unit/tender/base/clean-text.test.ts'],
  },
  {
    name: 'messages: numbers of any length',
    file: 'tender/monitors/node/runtime-event.ts',
    find: " && typeof at === 'string' && TIME.test(at)",
    replace: " && typeof at === 'string'",
    tests: EVENTS,
  },
  {
    name: 'messages: text that is no text',
    file: 'tender/monitors/node/runtime-event.ts',
    find: "known !== undefined && typeof message === 'string'",
    replace: 'known !== undefined',
    tests: EVENTS,
  },
  {
    name: 'messages: events of any length',
    file: 'tender/transport/message-server.ts',
    find: 'FrameKind.EVENT) return MAX_EVENT_BYTES;',
    replace: 'FrameKind.EVENT) return MAX_CHAIN_BYTES;',
    tests: COSTS,
  },
  {
    name: 'messages: chains of any length',
    file: 'tender/transport/frame-reader.ts',
    find: 'header.length > this.#maxPayload(header.kind)',
    replace: 'header.length < 0',
    tests: COSTS,
  },
  {
    name: 'messages: reads of any length',
    file: 'tender/transport/message-server.ts',
    find: 'if (wanted > MAX_CHAIN_BYTES)',
    replace: 'if (wanted < 0)',
    tests: COSTS,
  },
];
