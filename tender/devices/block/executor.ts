import {
  BLOCK_ID_BYTES,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
  encodeBlockConfig,
  MAX_TRANSFER,
  QUEUE_SIZE,
  VIRTIO_SECTOR,
} from '#abi';
import type { BlockDevice, NamedDevice } from '../../block/block-device.ts';

/** A request whose data are at hand, wherever the transport keeps them. */
export interface BlockOperation {
  readonly type: number;
  /** In units of 512 bytes; hostile: any number at all, Infinity and NaN among them. */
  readonly sector: number;
  readonly output: readonly Uint8Array[];
  readonly input: readonly Uint8Array[];
}

/** What came of an operation. */
export interface BlockOutcome {
  readonly status: BlockStatus;
  /** Bytes written to `input`. */
  readonly written: number;
}

function byteLength(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}

/** The request's place in bytes, undefined where it is not whole blocks inside the device. */
function checkExtent(device: BlockDevice, sector: number, length: number): number | undefined {
  const { sectorSize, capacity } = device;
  if (length === 0 || length > MAX_TRANSFER || length % sectorSize !== 0) return undefined;
  const offset = sector * VIRTIO_SECTOR;
  // A message can hold any number: a negative one is a multiple too, and means "wherever the
  // descriptor stands" to the kernel.
  if (offset < 0 || offset % sectorSize !== 0) return undefined;
  return offset <= capacity * sectorSize - length ? offset : undefined;
}

function copyId(name: string, input: readonly Uint8Array[]): number {
  const id = new Uint8Array(BLOCK_ID_BYTES);
  new TextEncoder().encodeInto(name, id);
  let written = 0;
  for (const buffer of input) {
    const part = id.subarray(written, written + buffer.length);
    buffer.set(part);
    written += part.length;
  }
  return written;
}

/**
 * Carries out one request (virtio 1.2, section 5.2.6.2). Whatever a guest asks for gets a status.
 * @throws {HostError} where the host fails
 */
export function executeBlockOperation(
  { name, device }: NamedDevice,
  { type, sector, output, input }: BlockOperation,
): BlockOutcome {
  const failed = { status: BlockStatus.IOERR, written: 0 };
  if (type === BlockRequestType.IN) {
    const length = byteLength(input);
    const offset = checkExtent(device, sector, length);
    if (offset === undefined) return failed;
    device.read(offset, input);
    return { status: BlockStatus.OK, written: length };
  }
  if (type === BlockRequestType.OUT) {
    const offset = checkExtent(device, sector, byteLength(output));
    if (offset === undefined || device.write === undefined) return failed;
    device.write(offset, output);
    return { status: BlockStatus.OK, written: 0 };
  }
  if (type === BlockRequestType.FLUSH && device.flush !== undefined) {
    device.flush();
    return { status: BlockStatus.OK, written: 0 };
  }
  if (type === BlockRequestType.GET_ID) {
    if (byteLength(input) < BLOCK_ID_BYTES) return failed;
    return { status: BlockStatus.OK, written: copyId(name, input) };
  }
  return { status: BlockStatus.UNSUPP, written: 0 };
}

/** What a device tells the guest about itself: its feature bits and its configuration space. */
export function describeBlockDevice(device: BlockDevice): {
  features: number;
  config: Uint8Array;
} {
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
