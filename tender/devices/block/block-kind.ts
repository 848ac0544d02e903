import type { DeviceKind } from '../kind.ts';
import { createBlockOptions, USAGE } from './options.ts';
import { createVirtioBlock } from './virtio-block.ts';

/** Block devices: Solo5's BLOCK_BASIC, over virtio-blk. */
export const blockKind: DeviceKind = {
  type: 'BLOCK_BASIC',
  usage: USAGE,
  createOptions: createBlockOptions,
  adopt: (name, given) => ('read' in given ? createVirtioBlock(name, given) : undefined),
};
