export {
  encodeGuestCode,
  engineName,
  type GuestCode,
  guestFunction,
  parseGuestCode,
} from './guest-code.ts';
export type { Machine, MachineDevice, MachineHash, MachineSha1 } from './machine.ts';
export {
  type DeviceType,
  encodeManifest,
  type Manifest,
  type ManifestDevice,
  ManifestError,
  parseGuestManifest,
  parseManifest,
} from './manifest.ts';
export {
  DEFAULT_MEMORY,
  EXIT_ABORT,
  EXIT_FAILURE,
  EXIT_SUCCESS,
  MAX_COMMAND_LINE,
  Result,
} from './result.ts';
export {
  BLOCK_HEADER_BYTES,
  BLOCK_ID_BYTES,
  type BlockConfig,
  BlockFeature,
  type BlockHeader,
  BlockRequestType,
  BlockStatus,
  decodeBlockConfig,
  decodeBlockHeader,
  encodeBlockConfig,
  encodeBlockHeader,
  MAX_TRANSFER,
  VIRTIO_SECTOR,
} from './virtio/blk.ts';
export {
  DESCRIPTOR_BYTES,
  DESCRIPTOR_INDIRECT,
  DESCRIPTOR_NEXT,
  DESCRIPTOR_WRITE,
  type Descriptor,
  decodeDescriptor,
  encodeDescriptor,
  QUEUE_SIZE,
  QUEUE_STRIDE,
  type QueueLayout,
  queueLayout,
  RING_ENTRIES,
  RING_INDEX,
  USED_ENTRY_BYTES,
} from './virtio/queue.ts';
