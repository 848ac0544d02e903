import type { GuestRealm } from '../realm/host-calls.ts';

/** What is used here of Node's own modules; `--expose-internals` makes it reachable. */
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
  /** From now on the hooks that see a guest's objects are the guest's realm's own. */
  replace(hooks: GuestRealm['hooks']): void;
}

/**
 * Finds what Node sets when it starts: functions of the host's realm that V8 calls with whatever a guest
 * gives it. @throws where this Node has them elsewhere: then its guests cannot be kept apart
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
