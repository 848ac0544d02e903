import { DEFAULT_LIMITS, oidToHex, openPack } from '#format';
import { type ImagePlace, openImageSource } from '../open/open-image.ts';
import { nameInput } from './name-input.ts';

/** The id of the commit that an image holds, in hexadecimal. @throws ToolError, FormatError */
export function commitOf(place: ImagePlace): string {
  const source = openImageSource(place);
  try {
    return oidToHex(openPack(source, DEFAULT_LIMITS).commit);
  } catch (error) {
    throw nameInput(place.address, error);
  } finally {
    source.close();
  }
}
