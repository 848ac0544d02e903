// The thread that reads an image elsewhere, for one that waits for it in Atomics.wait.
import { workerData } from 'node:worker_threads';
import type { BlockDevice } from '../../tender/block/block-device.ts';
import { DEFAULT_SECTOR_SIZE } from '../../tender/block/open-block-device.ts';
import { HTTP_LIMITS } from '../../tender/block/remote/http/limits.ts';
import { openRemoteSource } from '../../tender/block/remote/open-image-device.ts';
import { createRemoteDevice } from '../../tender/block/remote/remote-device.ts';
import type { RemoteSource } from '../../tender/block/remote/remote-source.ts';
import {
  type BridgeAnswer,
  type BridgeFault,
  type BridgeInput,
  type BridgeOrder,
  DONE,
  FAILED,
  mailboxOf,
  settle,
} from './bridge.ts';

const { address, options, opened, port } = workerData as BridgeInput;

/** Call it before the waiting reader is woken, which takes the message then. */
function tell(answer: BridgeAnswer): void {
  port.postMessage(answer);
}

function faultOf(error: unknown): BridgeFault {
  return { error: error instanceof Error ? error.message : String(error) };
}

/** Any bytes, out of whole sectors. */
async function readInto(device: BlockDevice, offset: number, into: Uint8Array): Promise<void> {
  const { sectorSize } = device;
  const first = Math.floor(offset / sectorSize) * sectorSize;
  const last = Math.ceil((offset + into.length) / sectorSize) * sectorSize;
  const sectors = new Uint8Array(last - first);
  await device.read(first, [sectors]);
  into.set(sectors.subarray(offset - first, offset - first + into.length));
}

async function carryOut(device: BlockDevice, { reads, memory }: BridgeOrder): Promise<void> {
  const { state, bytes } = mailboxOf(memory);
  let at = 0;
  const all = reads.map(({ offset, length }) => {
    const into = bytes.subarray(at, at + length);
    at += length;
    return readInto(device, offset, into);
  });
  try {
    await Promise.all(all);
    settle(state, DONE);
  } catch (error) {
    // The memory is used again once the state is set.
    await Promise.allSettled(all);
    tell(faultOf(error));
    settle(state, FAILED);
  }
}

/** @throws TenderError unless it is whole sectors */
function deviceOf(source: RemoteSource): BlockDevice {
  try {
    const limits = { ...HTTP_LIMITS, ...options.limits };
    return createRemoteDevice(source, DEFAULT_SECTOR_SIZE, limits);
  } catch (error) {
    source.close();
    throw error;
  }
}

try {
  const source = await openRemoteSource(address, { ...options, expectsEnd: true });
  const device = deviceOf(source);
  port.on('message', (order: BridgeOrder) => void carryOut(device, order));
  port.on('close', () => device.close());
  tell({ size: source.size, shown: source.shown });
  settle(opened, DONE);
} catch (error) {
  tell(faultOf(error));
  settle(opened, FAILED);
  port.close();
}
