import type { MountOptions, NodeTree } from '#reader';
import { openImage } from '../open/open-image.ts';
import { type ImageOptions, mountOf, placeOf } from './image-options.ts';

/** Opens the image that a command line names, for the call of `use`. */
export async function withImage<Result>(
  image: string,
  options: ImageOptions,
  use: (nodes: NodeTree) => Result | Promise<Result>,
  mount: MountOptions = {},
): Promise<Result> {
  const opened = openImage(placeOf(image, options), { ...mountOf(options), ...mount });
  try {
    return await use(opened.fs.nodes);
  } finally {
    opened.close();
  }
}
