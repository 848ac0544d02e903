import { constants, createContext, Script } from 'node:vm';
import { guestFunction } from '#abi';
import type { GuestRealm, HostCalls } from '../realm/host-calls.ts';

/** The bundle of `realm/main.ts`, as the build puts it here. */
declare const REALM_SOURCE: string;

const REALM_FILE = 'docteur:realm';

/** A realm that the host prepared. */
export interface PreparedRealm extends GuestRealm {
  /**
   * The guest's script as a function of its machine; nothing of it is run.
   * @param code what V8 made of it before
   * @param onStale told where V8 does not take that
   * @throws {SyntaxError}
   */
  compile(script: string, code: Uint8Array | undefined, onStale: () => void): GuestFunction;
  /**
   * The same, with every function of it compiled, and not when it is first called: what V8 makes of the
   * script, for `code` of a later run.
   * @param setFlags V8's, of node:v8
   */
  compileWhole(
    script: string,
    setFlags: (flags: string) => void,
  ): { readonly run: GuestFunction; readonly code: Uint8Array };
}

type GuestFunction = (machine: unknown) => void;

/**
 * Makes the realm for a guest: a global object, and all of the language's own objects, that nothing of
 * Node's uses.
 * @param runtimeFile the name of this program's own script
 */
export function createGuestRealm(host: HostCalls, runtimeFile: string): PreparedRealm {
  const context = createContext(constants.DONT_CONTEXTIFY);
  const source = `(function () { 'use strict'; const module = {}; ${REALM_SOURCE}\nreturn module.exports; })`;
  const load = new Script(source, { filename: REALM_FILE }).runInContext(context) as () => {
    prepareRealm(host: HostCalls, hostFiles: readonly string[]): GuestRealm;
  };
  const { createMachine, describeThrown, hooks } = load().prepareRealm(host, [
    REALM_FILE,
    runtimeFile,
  ]);
  const createScript = (script: string, cachedData: Uint8Array | undefined) =>
    new Script(guestFunction(script), { filename: 'guest.js', cachedData });
  const runnable = (script: Script) => script.runInContext(context) as GuestFunction;
  return {
    createMachine,
    describeThrown,
    hooks,
    compile(script, code, onStale) {
      const compiled = createScript(script, code);
      if (compiled.cachedDataRejected) onStale();
      return runnable(compiled);
    },
    compileWhole(script, setFlags) {
      setFlags('--no-lazy');
      let compiled: Script;
      try {
        compiled = createScript(script, undefined);
      } finally {
        setFlags('--lazy');
      }
      // Before anything of it runs: later it would hold what the guest made of itself.
      const code = compiled.createCachedData();
      return { run: runnable(compiled), code };
    },
  };
}
