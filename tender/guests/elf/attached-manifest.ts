import { type ElfManifest, ENTRY, MANIFEST_HEADER } from './manifest-note.ts';

/** What is attached to an entry of a manifest. */
export type Attached =
  | {
      readonly kind: 'BLOCK_BASIC';
      /** Bytes. */
      readonly capacity: number;
      /** Bytes of a sector. */
      readonly blockSize: number;
      /** The number by which the guest itself names the device to the kernel; 0 where it does not. */
      readonly fd: number;
    }
  | {
      readonly kind: 'NET_BASIC';
      /** Six bytes. */
      readonly mac: Uint8Array;
      /** Bytes of a frame's content at most. */
      readonly mtu: number;
      readonly fd: number;
    };

// Places in an entry.
const [CAPACITY, BLOCK_SIZE] = [72, 80];
const [MAC, MTU] = [72, 78];
const FD = 88;

/**
 * A manifest as its guest finds it in its memory: that of the file, with what is attached.
 * @param attached by the devices' names
 */
export function encodeAttached(
  { devices, bytes }: ElfManifest,
  attached: ReadonlyMap<string, Attached>,
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const { name, handle } of devices) {
    const device = attached.get(name);
    if (device === undefined) continue;
    const at = MANIFEST_HEADER + handle * ENTRY.BYTES;
    copy.fill(0, at + CAPACITY, at + FD);
    if (device.kind === 'BLOCK_BASIC') {
      view.setBigUint64(at + CAPACITY, BigInt(device.capacity), true);
      view.setUint16(at + BLOCK_SIZE, device.blockSize, true);
    } else {
      copy.set(device.mac.subarray(0, 6), at + MAC);
      view.setUint16(at + MTU, device.mtu, true);
    }
    view.setInt32(at + FD, device.fd, true);
    copy[at + ENTRY.ATTACHED] = 1;
  }
  return copy;
}
