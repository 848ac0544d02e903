import { GuestFault, type GuestMemory } from '../guest-memory.ts';
import type { TrapRegisters } from './registers.ts';
import { flagsOf, type RingZero } from './ring-zero.ts';
import { Frame } from './trap-code.ts';

/** Vectors for which a processor pushes an error code. */
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
const NAMES: Readonly<Record<number, string>> = {
  0: 'division by zero',
  1: 'debug trap',
  3: 'breakpoint',
  4: 'overflow',
  5: 'bound exceeded',
  6: 'invalid instruction',
  12: 'stack fault',
  13: 'general protection fault',
  14: 'page fault',
  16: 'floating-point error',
  17: 'misaligned access',
  19: 'floating-point error',
};
const PRESENT = 0x80;
const CODE_SELECTOR = 8n;
const DATA_SELECTOR = 16n;
/** Of the interrupt stacks in a task's segment; see Intel's manual, volume 3, section 8.7. */
const FIRST_STACK = 36;

/** A fault as the processor reports it. */
export interface Fault {
  readonly vector: number;
  readonly error: number;
  /** Of a page fault: the address. */
  readonly address: bigint;
}

/** `page fault at address 0x0, rip=0x100042`, for messages. */
export function describeFault({ vector, address }: Fault, rip: string): string {
  const what = NAMES[vector] ?? `exception ${vector}`;
  const where = vector === 14 ? ` at address 0x${address.toString(16)}` : '';
  return `${what}${where}, ${rip}`;
}

/** What a gate of the guest's table says; undefined where there is none. */
function readGate(memory: GuestMemory, { idtBase }: RingZero, vector: number) {
  if (idtBase === undefined || !memory.holds(idtBase + 16 * vector, 16)) return undefined;
  const gate = memory.copy(idtBase + 16 * vector, 16);
  if ((gate.getUint8(5) & PRESENT) === 0) return undefined;
  const low = gate.getUint16(0, true) | (gate.getUint16(6, true) << 16);
  const handler = (BigInt(gate.getUint32(8, true)) << 32n) | BigInt(low >>> 0);
  return { handler, stack: gate.getUint8(4) & 7 };
}

/** An interrupt stack of the guest's task. @throws {GuestFault} where it is not in memory */
function readStack(
  memory: GuestMemory,
  { gdtBase, taskSelector }: RingZero,
  number: number,
): bigint {
  const descriptor = memory.copy(gdtBase + (taskSelector & 0xfff8), 16);
  const low =
    descriptor.getUint16(2, true) | (descriptor.getUint8(4) << 16) | (descriptor.getUint8(7) << 24);
  const base = (BigInt(descriptor.getUint32(8, true)) << 32n) | BigInt(low >>> 0);
  return memory.copy(Number(base) + FIRST_STACK + 8 * (number - 1), 8).getBigUint64(0, true);
}

/**
 * Makes the guest go on in its own handler for a fault, as a processor would (Intel's manual, volume 3,
 * section 6.14).
 * @returns false where it has none, or no stack for it: a processor would reset itself
 */
export function deliverFault(
  fault: Fault,
  state: RingZero,
  registers: TrapRegisters,
  memory: GuestMemory,
): boolean {
  try {
    const gate = readGate(memory, state, fault.vector);
    if (gate === undefined) return false;
    const old = registers.get(Frame.RSP);
    const top = (gate.stack === 0 ? old : readStack(memory, state, gate.stack)) & ~15n;
    const flags = registers.get(Frame.RFLAGS);
    const words = [DATA_SELECTOR, old, flags, CODE_SELECTOR, registers.get(Frame.RIP)];
    if (WITH_ERROR.has(fault.vector)) words.push(BigInt(fault.error));
    const stack = top - BigInt(8 * words.length);
    memory.writable(Number(stack), 8 * words.length);
    for (const [index, word] of words.entries()) memory.setU64(Number(top) - 8 * (index + 1), word);
    registers.set(Frame.RSP, stack);
    registers.set(Frame.RIP, gate.handler);
    registers.set(Frame.RFLAGS, flagsOf(flags) & ~0x100n);
    if (fault.vector === 14) state.cr2 = fault.address;
    return true;
  } catch (error) {
    if (error instanceof GuestFault) return false;
    throw error;
  }
}
