import { closeSync } from 'node:fs';
import { QUEUE_STRIDE, queueLayout } from '#abi';
import type { Libc } from '../../../native/libc.ts';
import { CONTROL_BYTES } from '../../../transport/shared-page.ts';
import { Spinner } from '../../../transport/spinner.ts';
import { type BootConfig, type GoConfig, MEMORY_FD } from '../boot.ts';
import type { Doorbell } from './doorbell.ts';
import { createMessageDoorbell } from './message-doorbell.ts';
import { createSharedDoorbell } from './shared-doorbell.ts';

/** The guest's memory, and how its devices are reached. */
export interface Transport {
  readonly memory: ArrayBuffer;
  /** Made once the tender's answer has come. */
  doorbell(go: GoConfig): Doorbell;
}

/** Maps the memory that the tender shares; makes memory of its own where it shares none. */
export function openTransport(
  { memorySize, devices, shared }: BootConfig,
  libc: Libc | undefined,
): Transport {
  const layouts = devices.map((_, index) => queueLayout(index * QUEUE_STRIDE));
  if (libc === undefined || !shared) {
    const memory = new ArrayBuffer(memorySize);
    return { memory, doorbell: () => createMessageDoorbell(memory, layouts) };
  }
  const mapping = libc.mapShared(MEMORY_FD, CONTROL_BYTES + memorySize);
  closeSync(MEMORY_FD);
  const memory = mapping.view(CONTROL_BYTES, memorySize);
  return {
    memory,
    doorbell: ({ spin }) => createSharedDoorbell(libc, mapping, memory, layouts, new Spinner(spin)),
  };
}
