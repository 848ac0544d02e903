import { closeSync } from 'node:fs';
import { QUEUE_STRIDE, queueLayout } from '#abi';
import { type Libc, SyscallError } from '../../../native/libc.ts';
import { createMemoryFile } from '../../../native/shared-memory.ts';
import { CONTROL_BYTES } from '../../../transport/shared-page.ts';
import { Spinner } from '../../../transport/spinner.ts';
import type { BootConfig, GoConfig } from '../boot.ts';
import { sendEvent } from './channel.ts';
import type { Doorbell } from './doorbell.ts';
import { createMessageDoorbell } from './message-doorbell.ts';
import { createSharedDoorbell } from './shared-doorbell.ts';

/** What this process offers the tender: memory, shared where it can be. */
export interface Offer {
  readonly memory: ArrayBuffer;
  /** The doorbell for what the tender chose; until then the memory file stays open for it. */
  accept(go: GoConfig): Doorbell;
}

/** Offers shared memory where this process can make it. The tender's answer is still to come. */
export function offerMemory({ memorySize, devices }: BootConfig, libc: Libc | undefined): Offer {
  const layouts = devices.map((_, index) => queueLayout(index * QUEUE_STRIDE));
  const size = CONTROL_BYTES + memorySize;
  const memoryFd = libc && tryMemoryFile(libc, size);
  if (libc === undefined || memoryFd === undefined) {
    const memory = new ArrayBuffer(memorySize);
    sendEvent({ event: 'ready' });
    return { memory, accept: () => createMessageDoorbell(memory, layouts) };
  }
  sendEvent({ event: 'ready', memoryFd });
  const mapping = libc.mapShared(memoryFd, size);
  const memory = mapping.view(CONTROL_BYTES, memorySize);
  return {
    memory,
    accept(go) {
      closeSync(memoryFd);
      return go.shared
        ? createSharedDoorbell(libc, mapping, memory, layouts, new Spinner(go.spin))
        : createMessageDoorbell(memory, layouts);
    },
  };
}

/** Undefined where the kernel refuses, as a container's filter may: messages do without. */
function tryMemoryFile(libc: Libc, size: number): number | undefined {
  try {
    return createMemoryFile(libc, size);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
