import type { NetDevice } from '../../net/net-device.ts';
import type { Device } from '../../virtio/device.ts';
import { VirtqueueError } from '../../virtio/device-queue.ts';

/**
 * A network device as a unikernel gets it; scripts have none, for want of queues.
 * @param name what the guest's manifest calls it
 * @param net closed with it
 */
export function createNet(name: string, net: NetDevice): Device {
  return {
    name,
    kind: 'NET_BASIC',
    features: 0,
    config: new Uint8Array(),
    queues: 0,
    net,
    serve() {
      throw new VirtqueueError('a network device has no queues');
    },
    close: () => net.close(),
  };
}
