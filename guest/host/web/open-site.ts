import { contentType } from 'mime-types';
import type { FileSystem } from '../../reader/index.ts';
import type { OpenedImage } from '../open-image-file.ts';
import { Site } from './site.ts';
import { checkSiteOptions, type SiteOptions } from './site-options.ts';
import { StoredStreams } from './stored-streams.ts';

/** The site of an image, for whatever server. @throws OptionError */
export function openSite(image: OpenedImage | FileSystem, options: SiteOptions): Site {
  const checked = checkSiteOptions(options);
  const typeOf = (name: string) => contentType(name) || 'application/octet-stream';
  if (!('fs' in image)) return new Site(image, checked, { typeOf, stored: undefined });
  const { fs, bytes } = image;
  return new Site(fs, checked, { typeOf, stored: bytes && new StoredStreams(bytes) });
}
