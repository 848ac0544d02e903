import { appendFile, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { encodeGuestCode, engineName, guestFunction } from '#abi';
import { compileAll } from './compile-all.ts';

/**
 * Adds to a guest's file what this Node's engine makes of its script, as its last line: the tender
 * of the same Node starts it without compiling. Nothing of the script is run.
 */
export async function addCode(file: string): Promise<void> {
  const bytes = await readFile(file);
  const { version, arch } = process;
  const engine = engineName(version, arch);
  const code = compileAll(guestFunction(bytes.toString()), 'guest.js', 'guest').toString('base64');
  await appendFile(file, encodeGuestCode({ engine, checksum: crc32(bytes), code }));
}
