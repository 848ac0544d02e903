import { byteLength } from '../../base/buffers.ts';
import type { BlockDevice, Later } from '../block-device.ts';
import { forwardTo } from './forward.ts';

/** What a device is asked for. */
export interface DeviceCall {
  readonly call: 'read' | 'write' | 'flush';
  /** Byte offset; 0 for a flush. */
  readonly offset: number;
  /** Bytes; 0 for a flush. */
  readonly length: number;
}

/** What goes wrong with one call. */
export interface Fault {
  /** The call reaches the device only once this has settled: calls end late, and in another order. */
  readonly after?: Promise<unknown> | undefined;
  /** The call fails with this, and never reaches the device. */
  readonly error?: Error | undefined;
}

/**
 * The same device, which fails on purpose.
 * @param faultOf asked once for each call; undefined where nothing goes wrong
 */
export function makeFaulty(
  device: BlockDevice,
  faultOf: (call: DeviceCall) => Fault | undefined,
): BlockDevice {
  function suffer(call: DeviceCall, carryOut: () => Later): Later {
    const { after, error } = faultOf(call) ?? {};
    const end = () => {
      if (error !== undefined) throw error;
      return carryOut();
    };
    return after === undefined ? end() : after.then(end, end);
  }
  const faulty: BlockDevice = {
    ...forwardTo(device),
    read: (offset, into) =>
      suffer({ call: 'read', offset, length: byteLength(into) }, () => device.read(offset, into)),
  };
  if (device.write !== undefined) {
    faulty.write = (offset, from) =>
      suffer({ call: 'write', offset, length: byteLength(from) }, () =>
        device.write?.(offset, from),
      );
  }
  if (device.flush !== undefined) {
    faulty.flush = () => suffer({ call: 'flush', offset: 0, length: 0 }, () => device.flush?.());
  }
  return faulty;
}
