import { constants, createContext, Script } from 'node:vm';
import { guestFunction } from '#abi';
import type { GuestRealm, HostCalls } from '../realm/host-calls.ts';

/** The bundle of `realm/main.ts`, as the build puts it here. */
declare const REALM_SOURCE: string;

const REALM_FILE = 'docteur:realm';

/** A realm that the host prepared. */
export interface PreparedRealm extends GuestRealm {
  /** The guest's script as a function of its machine; nothing of it is run. @throws {SyntaxError} */
  compile(script: string): (machine: unknown) => void;
}

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
  return {
    createMachine,
    describeThrown,
    hooks,
    compile: (script) =>
      new Script(guestFunction(script), { filename: 'guest.js' }).runInContext(context) as (
        machine: unknown,
      ) => void,
  };
}
