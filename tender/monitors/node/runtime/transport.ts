import { closeSync } from 'node:fs';
import type { QueuePlan } from '#abi';
import type { Libc } from '../../../native/libc.ts';
import { CONTROL_BYTES, openSharedPage } from '../../../transport/shared-page.ts';
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

/**
 * Maps the memory that the tender shares, or makes memory of its own if it shares none.
 * @param plan where the queues lie in it
 * @param monotonic the clock of deadlines, in nanoseconds
 */
export function openTransport(
  { memorySize, shared }: BootConfig,
  plan: QueuePlan,
  libc: Libc | undefined,
  monotonic: () => bigint,
): Transport {
  if (libc === undefined || !shared) {
    const memory = new ArrayBuffer(memorySize);
    return { memory, doorbell: () => createMessageDoorbell(memory, plan.devices, monotonic) };
  }
  const mapping = libc.mapShared(MEMORY_FD, CONTROL_BYTES + memorySize);
  closeSync(MEMORY_FD);
  const memory = mapping.view(CONTROL_BYTES, memorySize);
  return {
    memory,
    doorbell({ spin }) {
      const page = openSharedPage(libc, mapping);
      return createSharedDoorbell(page, memory, plan.devices.flat(), new Spinner(spin), monotonic);
    },
  };
}
