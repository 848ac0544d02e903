import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { DEFAULT_MEMORY } from '#abi';

/**
 * What this Node's engine makes of a script, every function compiled where it would wait until each
 * is called; for `cachedData` of the same text. Nothing of it is run.
 * @param user which process is to use it: V8 marks code with its flags, and those of a guest's process
 * bound its heap. Node 22 counts that as a difference, so that other values of `--mem` do without.
 */
export function compileAll(text: string, filename: string, user: 'guest' | 'tender'): Buffer {
  let script: Script;
  setFlagsFromString('--no-lazy');
  try {
    script = new Script(text, { filename });
  } finally {
    setFlagsFromString('--lazy');
  }
  if (user === 'tender') return script.createCachedData();
  setFlagsFromString(`--max-old-space-size=${DEFAULT_MEMORY}`);
  try {
    return script.createCachedData();
  } finally {
    setFlagsFromString('--max-old-space-size=0');
  }
}
