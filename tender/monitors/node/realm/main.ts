// The trusted first script in the realm of a guest. The guest's own script runs in a realm where Node
// is not: whatever it changes there, no code of Node's or of the runtime's ever runs on it.
import { describeThrown } from './describe-thrown.ts';
import { stripGlobals } from './globals.ts';
import { createHooks } from './hooks.ts';
import type { GuestRealm, HostCalls } from './host-calls.ts';
import { createMachine } from './machine.ts';
import { installCodecs } from './text-codecs.ts';

/** Prepares the realm that this runs in; what is returned is the host's to keep. */
export function prepareRealm(host: HostCalls, hostFiles: readonly string[]): GuestRealm {
  stripGlobals();
  installCodecs(host);
  return {
    describeThrown,
    hooks: createHooks(hostFiles),
    createMachine: (description, memory) => createMachine(host, description, memory),
  };
}
