import { apply, errorToString, GuestPromise, GuestTypeError } from './captured.ts';
import type { CallSite, GuestRealm } from './host-calls.ts';

const here = globalThis;

/** Frames of Node's, and of the runtime, are no business of a guest's. */
function isGuests(site: CallSite, hostFiles: readonly string[]): boolean {
  const name = site.getScriptNameOrSourceURL();
  if (typeof name !== 'string') return true;
  if (name[0] === 'n' && name[1] === 'o' && name[2] === 'd' && name[3] === 'e' && name[4] === ':') {
    return false;
  }
  for (let index = 0; index < hostFiles.length; index += 1) {
    if (name === hostFiles[index]) return false;
  }
  return true;
}

/**
 * What Node's own hooks do in JavaScript of the host's realm, done in the guest's: no guest's object
 * reaches Node by them, and nothing of Node's comes back.
 * @param hostFiles names of the runtime's own scripts
 */
export function createHooks(hostFiles: readonly string[]): GuestRealm['hooks'] {
  return {
    importModule: () =>
      new GuestPromise<never>((_, reject) => {
        reject(new GuestTypeError('a guest has no modules to import'));
      }),
    // A call site could say more than a guest should know: only text leaves, whatever the guest sets.
    prepareStackTrace(global, error, sites) {
      if (global !== here) return '';
      let text: string;
      try {
        text = apply(errorToString, error, []);
      } catch {
        text = 'Error';
      }
      for (let index = 0; index < sites.length; index += 1) {
        const site = sites[index] as CallSite;
        if (isGuests(site, hostFiles)) text += `\n    at ${site.toString()}`;
      }
      return text;
    },
  };
}
