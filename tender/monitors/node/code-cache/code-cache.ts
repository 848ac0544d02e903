import { join } from 'node:path';
import type { Sha256 } from '../../../native/sha256.ts';
import { codeFolder } from './code-folder.ts';
import { openPrivateFolder, userCacheFolder } from './private-folder.ts';

/** To be increased when the text around a guest's script changes, or the form of the file. */
const FORMAT = 1;
const DIGEST_BYTES = 32;

/** The kept code of one guest's script. */
export interface CachedCode {
  /** V8's compiled code; undefined if none is kept. */
  readonly code: Buffer | undefined;
  /** Keeps compiled code for the next run. */
  keep(code: Uint8Array): void;
  /** Removes code that V8 rejected. */
  drop(): void;
  close(): void;
}

/**
 * Looks up the code that V8 compiled of a guest's script in an earlier run. V8 trusts such code, so it must
 * come from V8 itself and from the same script: the name of a file is a hash of the script and of all that its
 * code depends on, only this user can use the folder, and the file begins with a hash of its content.
 * @param flags of the Node that compiles and runs it
 * @returns undefined where there is no folder for it
 */
export function openCachedCode(
  sha256: Sha256,
  script: Uint8Array,
  flags: readonly string[],
): CachedCode | undefined {
  const home = userCacheFolder(process.env);
  const fd = home === undefined ? undefined : openPrivateFolder(join(home, 'docteur', 'code'));
  if (fd === undefined) return undefined;
  const folder = codeFolder(fd);
  const { version, versions, arch } = process;
  const about = Buffer.from(`${JSON.stringify([FORMAT, version, versions.v8, arch, flags])}\0`);
  const key = sha256(Buffer.concat([about, script]));
  const name = Buffer.from(key).toString('hex');
  const checksum = (code: Uint8Array) => sha256(Buffer.concat([key, code]));
  function find(): Buffer | undefined {
    const file = folder.read(name);
    const code = file?.subarray(DIGEST_BYTES);
    if (file === undefined || code === undefined || code.length === 0) return undefined;
    return file.subarray(0, DIGEST_BYTES).equals(checksum(code)) ? code : undefined;
  }
  return {
    code: find(),
    keep: (code) => folder.write(name, [checksum(code), code]),
    drop: () => folder.remove(name),
    close: () => folder.close(),
  };
}
