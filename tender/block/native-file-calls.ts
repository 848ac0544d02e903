import { EINTR } from '../native/constants.ts';
import { Descriptors } from '../native/descriptors.ts';
import { type Libc, SyscallError } from '../native/libc.ts';
import { type FileCalls, SYSTEM } from './file-device.ts';

/** The system's calls, of which reads into one buffer cost a third: those of a server that does nothing else. */
export function nativeFileCalls(libc: Libc): FileCalls {
  const descriptors = new Descriptors(libc);
  return {
    ...SYSTEM,
    read(fd, into, position) {
      for (;;) {
        const count = descriptors.readAt(fd, into, position);
        if (count >= 0) return count;
        if (count !== -EINTR) throw new SyscallError('read', -count);
      }
    },
  };
}
