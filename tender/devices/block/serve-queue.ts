import type { NamedDevice } from '../../block/block-device.ts';
import type { DeviceQueue } from '../../virtio/device-queue.ts';
import { executeBlockOperation } from './executor.ts';
import { parseBlockRequest, viewSegments } from './request.ts';

/**
 * Answers the requests of one queue where the device's side sees the guest's memory.
 * @param limit most requests to answer now, so that one guest's flood leaves room for other work
 * @returns how many were answered
 * @throws {VirtqueueError} where the guest broke its rings
 * @throws {HostError} where the host failed
 */
export function serveQueue(
  memory: ArrayBuffer,
  queue: DeviceQueue,
  device: NamedDevice,
  limit: number,
): number {
  let served = 0;
  for (; served < limit; served += 1) {
    const chain = queue.next();
    if (chain === undefined) break;
    const request = parseBlockRequest(memory, chain);
    const { status, written } = executeBlockOperation(device, {
      type: request.type,
      sector: request.sector,
      output: viewSegments(memory, request.output),
      input: viewSegments(memory, request.input),
    });
    new Uint8Array(memory, request.statusAddress, 1)[0] = status;
    queue.push(request.head, written + 1);
  }
  return served;
}
