import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * What this Node's engine makes of a script, every function compiled where it would wait until each
 * is called; for `cachedData` of the same text. Nothing of it is run.
 */
export function compileAll(text: string, filename: string): Buffer {
  let script: Script;
  setFlagsFromString('--no-lazy');
  try {
    script = new Script(text, { filename });
  } finally {
    setFlagsFromString('--lazy');
  }
  // The code is marked with the flags of this moment, which must be those of the process that uses it.
  return script.createCachedData();
}
