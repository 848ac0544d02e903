import type { ByteRanges } from './byte-ranges.ts';
import { RemoteError } from './remote-error.ts';

/** A Blob or File by parts. A File on a disk may change: then the browser refuses to read it. */
export function blobRanges(blob: Blob): ByteRanges {
  const { size } = blob;
  return {
    size,
    async read(from, to) {
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(await blob.slice(from, to).arrayBuffer());
      } catch (cause) {
        throw new RemoteError('CANNOT_READ', 'the blob cannot be read: has its file changed?', {
          cause,
        });
      }
      if (bytes.length === to - from) return bytes;
      throw new RemoteError('CANNOT_READ', `the blob gave ${bytes.length} of ${to - from} bytes`);
    },
  };
}
