import { BLOCK_ID_BYTES, BlockRequestType, BlockStatus, MAX_TRANSFER, VIRTIO_SECTOR } from '#abi';
import { byteLength, copyTo } from '../../base/buffers.ts';
import { type Later, RequestError } from '../../block/block-device.ts';
import type { CheckedDevice } from '../../block/filters/checked.ts';

/** A block device under the name that the guest's manifest gives it. */
export interface NamedDevice {
  readonly name: string;
  /** Gets the guest's requests unchanged. */
  readonly device: CheckedDevice;
}

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

const DONE: BlockOutcome = { status: BlockStatus.OK, written: 0 };
const FAILED: BlockOutcome = { status: BlockStatus.IOERR, written: 0 };
const UNSUPPORTED: BlockOutcome = { status: BlockStatus.UNSUPP, written: 0 };

/** A guest's bad request is answered; all else that is thrown is not for the guest. */
function refuse(error: unknown): BlockOutcome {
  if (error instanceof RequestError) return FAILED;
  throw error;
}

/** Makes the call; `done` where it ends well, at once or later. */
function carryOut(done: BlockOutcome, call: () => Later): BlockOutcome | Promise<BlockOutcome> {
  try {
    const later = call();
    if (later === undefined) return done;
    return Promise.resolve(later).then(() => done, refuse);
  } catch (error) {
    return refuse(error);
  }
}

function identify(name: string, input: readonly Uint8Array[]): BlockOutcome {
  if (byteLength(input) < BLOCK_ID_BYTES) return FAILED;
  const id = new Uint8Array(BLOCK_ID_BYTES);
  new TextEncoder().encodeInto(name, id);
  return { status: BlockStatus.OK, written: copyTo(input, id) };
}

/**
 * Carries out one request (virtio 1.2, section 5.2.6.2), at once where the device does not wait.
 * Whatever a guest asks for gets a status.
 * @throws {HostError} (or rejects) where the host fails
 */
export function executeBlockOperation(
  { name, device }: NamedDevice,
  { type, sector, output, input }: BlockOperation,
): BlockOutcome | Promise<BlockOutcome> {
  const offset = sector * VIRTIO_SECTOR;
  if (type === BlockRequestType.IN) {
    const length = byteLength(input);
    if (length > MAX_TRANSFER) return FAILED;
    return carryOut({ status: BlockStatus.OK, written: length }, () => device.read(offset, input));
  }
  if (type === BlockRequestType.OUT) {
    if (device.write === undefined || byteLength(output) > MAX_TRANSFER) return FAILED;
    return carryOut(DONE, () => device.write?.(offset, output));
  }
  if (type === BlockRequestType.FLUSH && device.flush !== undefined) {
    return carryOut(DONE, () => device.flush?.());
  }
  if (type === BlockRequestType.GET_ID) return identify(name, input);
  return UNSUPPORTED;
}
