import { createRequire } from 'node:module';

/** Node's modules that take a millisecond or more to load, which the guest's start need not wait for. */
interface Later {
  'node:child_process': typeof import('node:child_process');
  'node:net': typeof import('node:net');
  'node:zlib': typeof import('node:zlib');
}

const load = createRequire(import.meta.url);

/** Loads a module when it is first needed: a command's start is not kept waiting for it. */
export function loadLater<Name extends keyof Later>(name: Name): Later[Name] {
  return load(name);
}
