export { HostError, TenderError } from './base/errors.ts';
export { type BlockDevice, type Later, RequestError } from './block/block-device.ts';
export { type CacheOptions, cacheReads } from './block/filters/cached.ts';
export { type CheckedDevice, checkDevice } from './block/filters/checked.ts';
export { createMemoryDevice } from './block/memory-device.ts';
export { openBlockDevice } from './block/open-block-device.ts';
export { type RunGuestOptions, runGuest } from './commands/run-guest.ts';
export type { GuestEnd } from './monitors/monitor.ts';
export type { Sandbox } from './monitors/sandbox.ts';
