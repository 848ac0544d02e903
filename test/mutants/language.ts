import type { Mutant } from '../fixtures/mutant.ts';

const WALL = ['test/contract/language-wall/node-24.test.ts'];
const HOST = ['test/unit/tender/monitors/node/runtime/harden-host.test.ts'];
const SHA1 = ['test/unit/tender/monitors/node/runtime/sha1.test.ts'];

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
    find: "new Script(guestFunction(script), { filename: 'guest.js' }).runInContext(context)",
    replace: "new Script(guestFunction(script), { filename: 'guest.js' }).runInThisContext()",
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
    name: 'language: an error of the host without stack reaches the guest',
    file: realm('machine'),
    find: `        reason = writeConsole(bytes);
      } catch {
        reason = NO_STACK;
      }`,
    replace: `        reason = writeConsole(bytes);
      } catch (error) {
        throw error;
      }`,
    tests: WALL,
  },
  {
    name: 'language: an error of the host about an encoding reaches the guest',
    file: runtime('host-calls'),
    find: `        return new Decoder(label, { fatal, ignoreBOM });
      } catch {
        return undefined;
      }`,
    replace: `        return new Decoder(label, { fatal, ignoreBOM });
      } catch (error) {
        return error as never;
      }`,
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
];
