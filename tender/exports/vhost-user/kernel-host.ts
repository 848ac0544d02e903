import { F_GET_SEALS, F_SEAL_SHRINK } from '../../native/constants.ts';
import { type Libc, SyscallError } from '../../native/libc.ts';
import type { MappedMemory, VhostHost } from './host.ts';

/** struct stat: where st_size lies, on x64 and arm64 alike. */
const STAT_BYTES = 144;
const STAT_SIZE = 48;

/**
 * The system.
 * @param unsealed whether memory may be mapped that the front end could cut: the process would die of SIGBUS
 */
export function kernelHost(libc: Libc, unsealed: boolean): VhostHost {
  const one = libc.keep(new Uint8Array(new BigUint64Array([1n]).buffer));
  const sink = libc.keep(new Uint8Array(8));
  const stat = new ArrayBuffer(STAT_BYTES);
  const sizes = new DataView(stat);
  const statAddress = libc.address(stat);

  return {
    map(fd, size): MappedMemory {
      if (!unsealed) {
        const seals = libc.raw('fcntl', fd, F_GET_SEALS);
        if (seals < 0 || (seals & F_SEAL_SHRINK) === 0) {
          throw new Error(
            'the memory of the machine is not sealed against being cut; use a memory-backend-memfd, or --unsealed',
          );
        }
      }
      libc.call('fstat', fd, statAddress);
      const length = Number(sizes.getBigInt64(STAT_SIZE, true));
      if (length < size) throw new Error(`memory of ${size} bytes in a file of ${length}`);
      try {
        const mapping = libc.mapShared(fd, size);
        return { bytes: new Uint8Array(mapping.view(0, size)), unmap: mapping.unmap };
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        throw new Error(`the memory of the machine cannot be mapped: ${error.message}`);
      }
    },
    close: (fd) => void libc.raw('close', fd),
    signal: (fd) => void libc.raw('write', fd, one, 8),
    drain: (fd) => void libc.raw('read', fd, sink, 8),
  };
}
