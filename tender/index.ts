export { type BlockDevice, HostError } from './block/block-device.ts';
export { createMemoryDevice } from './block/memory-device.ts';
export { openBlockDevice } from './block/open-block-device.ts';
export { TenderError } from './errors.ts';
export type { Sandbox } from './monitor/boot.ts';
export type { GuestEnd } from './monitor/monitor.ts';
export { type RunGuestOptions, runGuest } from './run-guest.ts';
