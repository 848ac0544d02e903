import { byteLength, copyTo, sliceBuffers } from '../base/buffers.ts';
import { HostError } from '../base/errors.ts';
import { type BlockDevice, RequestError } from '../block/block-device.ts';
import type { AwaitedLines } from './awaited-lines.ts';

/**
 * A read-only block device of bytes that come later: to be read in calls of `lines`. A read that fails leaves the
 * device as it is: the next one tries again.
 * @param onFault told why
 */
export function createAwaitedDevice(
  lines: AwaitedLines,
  sectorSize: number,
  onFault: (message: string) => void,
): BlockDevice {
  return {
    sectorSize,
    capacity: lines.size / sectorSize,
    read(offset, into) {
      const length = byteLength(into);
      lines.expect(offset, length);
      try {
        // First all that is missing: what was copied before would be copied again.
        for (let at = 0; at < length; ) at += lines.window(offset + at, length - at).length;
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        onFault(error.message);
        throw new RequestError(error.message);
      }
      for (let at = 0; at < length; ) {
        const bytes = lines.window(offset + at, length - at);
        at += copyTo(sliceBuffers(into, at, length), bytes);
      }
    },
    close() {},
  };
}
