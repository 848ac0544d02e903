import type { Device } from '../../virtio/device.ts';

/** What a front end needs of a device; it answers at once. */
export type BackEndDevice = Pick<Device, 'features' | 'config' | 'queues' | 'serve' | 'rehearse'>;
