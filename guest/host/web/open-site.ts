import { contentType } from 'mime-types';
import type { FileSystem } from '../../reader/index.ts';
import type { OpenedImage } from '../open-image-file.ts';
import { Site } from './site.ts';
import { checkSiteOptions, type SiteOptions } from './site-options.ts';
import { StoredStreams } from './stored-streams.ts';

/** More than there are of types. */
const MOST_TYPES = 5000;

/** The site of an image, for whatever server. @throws OptionError */
export function openSite(image: OpenedImage | FileSystem, options: SiteOptions): Site {
  const checked = checkSiteOptions(options);
  const known = new Map<string, string>();
  /** One text for all files of a kind. */
  const typeOf = (name: string) => {
    const found = contentType(name) || 'application/octet-stream';
    const type = known.get(found) ?? found;
    if (known.size < MOST_TYPES) known.set(type, type);
    return type;
  };
  if (!('fs' in image)) return new Site(image, checked, { typeOf, stored: undefined });
  const { fs, bytes } = image;
  return new Site(fs, checked, { typeOf, stored: bytes && new StoredStreams(bytes) });
}
