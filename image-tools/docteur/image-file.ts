import { DEFAULT_LIMITS, oidToHex, openPack } from '#format';
import { openFileSource } from '../files/file-source.ts';
import { nameInput } from './name-input.ts';

/** The id of the commit that an image holds, in hexadecimal. @throws ToolError, FormatError */
export function commitOf(image: string): string {
  const source = openFileSource(image);
  try {
    return oidToHex(openPack(source, DEFAULT_LIMITS).commit);
  } catch (error) {
    throw nameInput(image, error);
  } finally {
    source.close();
  }
}
