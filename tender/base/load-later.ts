import { createRequire } from 'node:module';

/** Modules that take long to load, and that a guest's start need not wait for. */
interface Later {
  '@jridgewell/trace-mapping': typeof import('@jridgewell/trace-mapping');
  'node:child_process': typeof import('node:child_process');
  'node:crypto': typeof import('node:crypto');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:net': typeof import('node:net');
  'node:zlib': typeof import('node:zlib');
}

const load = createRequire(import.meta.url);

/** Loads a module when it is first needed. */
export function loadLater<Name extends keyof Later>(name: Name): Later[Name] {
  return load(name);
}
