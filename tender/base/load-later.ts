import { createRequire } from 'node:module';

/** Node's modules that take long to load, and that a guest's start need not wait for. */
interface BuiltIn {
  'node:child_process': typeof import('node:child_process');
  'node:crypto': typeof import('node:crypto');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:net': typeof import('node:net');
  'node:timers/promises': typeof import('node:timers/promises');
  'node:tls': typeof import('node:tls');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
}

/** Packages of the same kind. */
interface Installed {
  execa: typeof import('execa');
  '@jridgewell/trace-mapping': typeof import('@jridgewell/trace-mapping');
}

type Later = BuiltIn & Installed;

/** Loads a module when it is first needed. */
export function loadLater<Name extends keyof Later>(name: Name): Later[Name] {
  const builtIn = process.getBuiltinModule(name) as Later[Name] | undefined;
  return builtIn ?? createRequire(import.meta.url)(name);
}
