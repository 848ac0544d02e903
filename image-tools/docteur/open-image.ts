import type { MountOptions, NodeTree } from '#reader';
import { openImageFile } from '../../guest/host/index.ts';
import { ToolError } from '../base/errors.ts';

/** Opens the image that a command line names, for the call of `use`. */
export async function withImage<Result>(
  image: string,
  use: (nodes: NodeTree) => Result | Promise<Result>,
  options: MountOptions = {},
): Promise<Result> {
  if (image === '-') {
    const words = 'an image is read from a file, not from stdin; ./- names such a file';
    throw new ToolError('USAGE', words);
  }
  const opened = openImageFile(image, options);
  try {
    return await use(opened.fs.nodes);
  } finally {
    opened.close();
  }
}
