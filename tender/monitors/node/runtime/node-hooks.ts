import type { GuestRealm } from '../realm/host-calls.ts';

/** The parts of Node's internal modules used here; `--expose-internals` makes them reachable. */
interface Internals {
  internalBinding(name: 'module_wrap'): {
    setImportModuleDynamicallyCallback(callback: GuestRealm['hooks']['importModule']): void;
  };
  internalBinding(name: 'errors'): {
    setPrepareStackTraceCallback(callback: GuestRealm['hooks']['prepareStackTrace']): void;
  };
  internalBinding(name: 'wasm_web_api'): { setImplementation(callback: () => void): void };
}

/** Node's hooks, found before there is a guest. */
export interface NodeHooks {
  /** Replaces the hooks that would see a guest's objects with functions of the guest's realm. */
  replace(hooks: GuestRealm['hooks']): void;
}

/**
 * Finds what Node sets when it starts: functions of the host's realm that V8 calls with whatever a guest
 * gives it. @throws if this Node has them elsewhere: then its guests cannot be isolated
 */
export function findNodeHooks(): NodeHooks {
  const internals = process.getBuiltinModule('internal/test/binding') as unknown as
    | Internals
    | undefined;
  if (internals === undefined)
    throw new Error(`the hooks of Node ${process.version} are not known`);
  const { setImportModuleDynamicallyCallback } = internals.internalBinding('module_wrap');
  const { setPrepareStackTraceCallback } = internals.internalBinding('errors');
  const { setImplementation } = internals.internalBinding('wasm_web_api');
  return {
    replace({ importModule, prepareStackTrace }) {
      setImportModuleDynamicallyCallback(importModule);
      setPrepareStackTraceCallback(prepareStackTrace);
      // No guest has the functions that call it.
      setImplementation(() => {});
    },
  };
}
