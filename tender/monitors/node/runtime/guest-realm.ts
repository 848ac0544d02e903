import { constants, createContext, Script } from 'node:vm';
import { guestFunction } from '#abi';
import type { GuestRealm, HostCalls } from '../realm/host-calls.ts';

/** The bundle of `realm/main.ts`; the build defines it. */
declare const REALM_SOURCE: string;

const REALM_FILE = 'docteur:realm';

/** A realm that is ready for a guest. */
export interface PreparedRealm extends GuestRealm {
  /**
   * The guest's script as a function of its machine; nothing of it is run.
   * @param code compiled code of an earlier run
   * @param onStale called if V8 rejects it
   * @throws {SyntaxError}
   */
  compile(script: string, code: Uint8Array | undefined, onStale: () => void): GuestFunction;
  /**
   * The same, with every function compiled now instead of at its first call; and that code, for `code` of a
   * later run.
   * @param setFlags V8's, of node:v8
   */
  compileWhole(
    script: string,
    setFlags: (flags: string) => void,
  ): { readonly run: GuestFunction; readonly code: Uint8Array };
}

type GuestFunction = (machine: unknown) => void;

/**
 * Makes the realm for a guest: a global object and the objects of the language, none of which Node uses.
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
      // Before any of it runs: later it would contain state of the guest.
      const code = compiled.createCachedData();
      return { run: runnable(compiled), code };
    },
  };
}
