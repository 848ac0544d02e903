import { BlockFeature, encodeBlockConfig, QUEUE_SIZE, VIRTIO_SECTOR } from '#abi';
import type { BlockDevice } from '../../block/block-device.ts';
import { checkDevice } from '../../block/filters/checked.ts';
import type { Device } from '../../virtio/device.ts';
import { rehearse } from './rehearse.ts';
import { serveBlock } from './serve.ts';

function describe(device: BlockDevice): Pick<Device, 'features' | 'config'> {
  const access = device.write === undefined ? BlockFeature.RO : BlockFeature.FLUSH;
  return {
    features: BlockFeature.SEG_MAX | BlockFeature.BLK_SIZE | access,
    config: encodeBlockConfig({
      capacity: (device.capacity * device.sectorSize) / VIRTIO_SECTOR,
      // A request needs one descriptor for its header and one for its status.
      segMax: QUEUE_SIZE - 2,
      blockSize: device.sectorSize,
    }),
  };
}

/**
 * A block device as a guest sees it (virtio 1.2, section 5.2): one queue.
 * @param name what the guest's manifest calls it
 * @param blocks what it reads and writes; closed with it
 */
export function createVirtioBlock(name: string, blocks: BlockDevice): Device {
  const named = { name, device: checkDevice(blocks) };

  return {
    name,
    kind: 'BLOCK_BASIC',
    ...describe(blocks),
    queues: 1,
    blocks: named.device,
    serve: (_queue, chain) => serveBlock(named, chain),
    rehearse,
    lock(libc) {
      if (libc !== undefined) blocks.lock?.(libc);
      else if (blocks.write !== undefined) return 'not locked: koffi is missing';
      return undefined;
    },
    close: () => blocks.close(),
  };
}
