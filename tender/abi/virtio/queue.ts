/**
 * The split virtqueue of virtio 1.2, section 2.7: three areas in the memory that guest and tender
 * share. All fields are little-endian; addresses are byte offsets in that memory.
 */

/** Where the three areas of a queue lie. The tender chooses them; nothing is negotiated. */
export interface QueueLayout {
  /** Entries in each area, a power of two. */
  readonly size: number;
  /** Address of the descriptor table, 16-aligned: `size` × 16 bytes. */
  readonly descriptors: number;
  /** Address of the available ring, 2-aligned: flags, idx, `size` × u16. */
  readonly available: number;
  /** Address of the used ring, 4-aligned: flags, idx, `size` × (u32 id, u32 len). */
  readonly used: number;
}

/** One buffer of a chain (section 2.7.5). */
export interface Descriptor {
  /** Byte offset in the shared memory. */
  readonly address: number;
  /** Bytes. */
  readonly length: number;
  /** {@link DESCRIPTOR_NEXT} and its like. */
  readonly flags: number;
  /** Index of the chain's next descriptor, where flags say that there is one. */
  readonly next: number;
}

/** Entries of every queue that the tender lays out. */
export const QUEUE_SIZE = 128;
/** Bytes from one queue to the next: the three areas of {@link QUEUE_SIZE} entries fit. */
export const QUEUE_STRIDE = 4096;

/** The chain goes on at `next`. */
export const DESCRIPTOR_NEXT = 1;
/** The device writes this buffer; without the flag it reads it. */
export const DESCRIPTOR_WRITE = 2;
/** The buffer holds a table of descriptors; a feature that this device never offers. */
export const DESCRIPTOR_INDIRECT = 4;

export const DESCRIPTOR_BYTES = 16;
/** Offset of `idx` in the available and in the used ring. */
export const RING_INDEX = 2;
/** Offset of the first entry in the available and in the used ring. */
export const RING_ENTRIES = 4;
export const USED_ENTRY_BYTES = 8;

/** The layout of a device's queue, given the address at which its {@link QUEUE_STRIDE} begins. */
export function queueLayout(base: number): QueueLayout {
  const available = base + QUEUE_SIZE * DESCRIPTOR_BYTES;
  const end = available + RING_ENTRIES + QUEUE_SIZE * 2;
  // The used ring is 4-aligned; two bytes after the available one belong to an unused feature.
  const used = (end + 2 + 3) & ~3;
  return { size: QUEUE_SIZE, descriptors: base, available, used };
}

/** The places of a machine's queues, and the bytes that they take together. */
export interface QueuePlan {
  /** The queues of each device, in the devices' order. */
  readonly devices: readonly (readonly QueueLayout[])[];
  /** Bytes of shared memory from address 0 on that hold the queues. */
  readonly bytes: number;
}

/** Lays out all queues of a machine, one after the other. @param devices how many queues each has */
export function layoutQueues(devices: readonly { readonly queues: number }[]): QueuePlan {
  let base = 0;
  const layouts = devices.map(({ queues }) =>
    Array.from({ length: queues }, () => {
      const layout = queueLayout(base);
      base += QUEUE_STRIDE;
      return layout;
    }),
  );
  return { devices: layouts, bytes: base };
}

/** Reads each field once: what comes back is a copy that the other side cannot change any more. */
export function decodeDescriptor(memory: DataView, at: number): Descriptor {
  const low = memory.getUint32(at, true);
  const high = memory.getUint32(at + 4, true);
  return {
    address: high * 2 ** 32 + low,
    length: memory.getUint32(at + 8, true),
    flags: memory.getUint16(at + 12, true),
    next: memory.getUint16(at + 14, true),
  };
}

/** Writes a descriptor whose address lies below 2^32. */
export function encodeDescriptor(memory: DataView, at: number, descriptor: Descriptor): void {
  memory.setUint32(at, descriptor.address, true);
  memory.setUint32(at + 4, 0, true);
  memory.setUint32(at + 8, descriptor.length, true);
  memory.setUint16(at + 12, descriptor.flags, true);
  memory.setUint16(at + 14, descriptor.next, true);
}
