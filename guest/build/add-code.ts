import { appendFile, readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { encodeGuestCode, engineName, guestFunction } from '#abi';

/**
 * Adds to a guest's file what this Node's engine makes of its script, as its last line: the tender
 * of the same Node starts it without compiling. Nothing of the script is run.
 */
export async function addCode(file: string): Promise<void> {
  const bytes = await readFile(file);
  const { version, arch } = process;
  const engine = engineName(version, arch);
  const code = compileAll(guestFunction(bytes.toString())).toString('base64');
  await appendFile(file, encodeGuestCode({ engine, checksum: crc32(bytes), code }));
}

/** Compiles every function, where the engine would wait until each is called. */
function compileAll(text: string): Buffer {
  let script: Script;
  setFlagsFromString('--no-lazy');
  try {
    script = new Script(text, { filename: 'guest.js' });
  } finally {
    setFlagsFromString('--lazy');
  }
  // The code is marked with the flags of this moment, which must be those of a guest's process.
  return script.createCachedData();
}
