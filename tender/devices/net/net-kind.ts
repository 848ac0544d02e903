import type { DeviceKind } from '../kind.ts';
import { createNet } from './create-net.ts';
import { createNetOptions, USAGE } from './options.ts';

/** Network devices: Solo5's NET_BASIC, over a tap or a socket. */
export const netKind: DeviceKind = {
  type: 'NET_BASIC',
  usage: USAGE,
  createOptions: createNetOptions,
  adopt: (name, given) => ('mac' in given ? createNet(name, given) : undefined),
};
