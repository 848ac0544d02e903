import { blockKind } from './block/block-kind.ts';
import type { DeviceKind } from './kind.ts';
import { netKind } from './net/net-kind.ts';

/** Every kind of device that this tender has. */
export const DEVICE_KINDS: readonly DeviceKind[] = [blockKind, netKind];
