import { GuestFault, type GuestMemory } from '../guest-memory.ts';
import type { Operand, Privileged } from './decode.ts';
import type { TrapRegisters } from './registers.ts';
import { Frame } from './trap-code.ts';

/** The processor state that a guest in a process believes it has. */
export interface RingZero {
  gdtBase: number;
  /** Of its table of handlers; undefined before it has one. */
  idtBase: number | undefined;
  taskSelector: number;
  fsBase: bigint;
  cr2: bigint;
}

export function newRingZero(): RingZero {
  // As KVM's guests begin; the table of descriptors is not in the memory of a process.
  return { gdtBase: 0x1000, idtBase: undefined, taskSelector: 0, fsBase: 0n, cr2: 0n };
}

const FS_BASE_MSR = 0xc0000100;
/** CR0, CR3, CR4 as a guest begins with them. */
const CONTROLS: Readonly<Record<number, bigint>> = { 0: 0x80010021n, 3: 0x2000n, 4: 0x620n, 8: 0n };
const WORD = 0xffffffffn;
/** Of RFLAGS a program may change: arithmetic, trap, direction, alignment, identification. */
const FLAGS = 0x240dd5n;
/** Reserved, and interrupts on: the kernel keeps them. */
const ALWAYS_FLAGS = 0x202n;

/** The address that an operand in memory names. */
function addressOf(
  operand: Exclude<Operand, { register: number }>,
  registers: TrapRegisters,
  next: bigint,
): number {
  const { base, index, scale, displacement, fromNext } = operand;
  let sum = BigInt(displacement);
  if (base !== undefined) sum += registers.numbered(base);
  if (index !== undefined) sum += registers.numbered(index) * BigInt(scale);
  if (fromNext) sum += next;
  return Number(BigInt.asUintN(64, sum));
}

function readWord(
  memory: GuestMemory,
  operand: Operand,
  registers: TrapRegisters,
  next: bigint,
): number {
  if ('register' in operand) return Number(registers.numbered(operand.register) & 0xffffn);
  return memory.copy(addressOf(operand, registers, next), 2).getUint16(0, true);
}

/** Flags that a guest sets are those that a process may have. */
export function flagsOf(wanted: bigint): bigint {
  return (wanted & FLAGS) | ALWAYS_FLAGS;
}

/** The outcome of an instruction. */
export type RingZeroResult = 'done' | 'set fs' | 'fault';

/**
 * Carries out an instruction of ring 0, other than `in`, `out` and `hlt`, and moves to the next one.
 * @returns `fault` where a processor would refuse it too: a general protection fault
 * @throws {GuestFault} if only a virtual machine can do it
 */
export function doPrivileged(
  instruction: Privileged,
  state: RingZero,
  registers: TrapRegisters,
  memory: GuestMemory,
): RingZeroResult {
  const next = registers.get(Frame.RIP) + BigInt(instruction.length);
  let result: RingZeroResult = 'done';
  switch (instruction.kind) {
    case 'load table': {
      if ('register' in instruction.operand) return 'fault';
      const at = addressOf(instruction.operand, registers, next);
      const base = Number(memory.copy(at, 10).getBigUint64(2, true));
      if (instruction.table === 'gdt') state.gdtBase = base;
      else state.idtBase = base;
      break;
    }
    case 'load task':
      state.taskSelector = readWord(memory, instruction.operand, registers, next);
      break;
    case 'read control': {
      const value = instruction.control === 2 ? state.cr2 : CONTROLS[instruction.control];
      if (value === undefined) return 'fault';
      registers.setNumbered(instruction.register, value);
      break;
    }
    case 'write control': {
      const { control } = instruction;
      if (control === 2) state.cr2 = registers.numbered(instruction.register);
      else if (CONTROLS[control] !== registers.numbered(instruction.register)) {
        throw new GuestFault(
          `the guest changes control register ${control}: only KVM has one (--hvt=kvm)`,
        );
      }
      break;
    }
    case 'read msr':
      if (registers.low(Frame.RCX) !== FS_BASE_MSR) return 'fault';
      setPair(registers, state.fsBase);
      break;
    case 'write msr':
      if (registers.low(Frame.RCX) !== FS_BASE_MSR) return 'fault';
      state.fsBase = (registers.get(Frame.RDX) << 32n) | (registers.get(Frame.RAX) & WORD);
      state.fsBase = BigInt.asUintN(64, state.fsBase);
      result = 'set fs';
      break;
    case 'read time':
    case 'read time and processor':
      setPair(registers, process.hrtime.bigint());
      if (instruction.kind !== 'read time') registers.set(Frame.RCX, 0n);
      break;
    case 'far return': {
      const stack = memory.copy(registers.address(Frame.RSP), 16);
      registers.set(Frame.RIP, stack.getBigUint64(0, true));
      registers.set(Frame.RSP, registers.get(Frame.RSP) + 16n);
      return 'done';
    }
    case 'interrupt return': {
      const stack = memory.copy(registers.address(Frame.RSP), 40);
      registers.set(Frame.RIP, stack.getBigUint64(0, true));
      registers.set(Frame.RFLAGS, flagsOf(stack.getBigUint64(16, true)));
      registers.set(Frame.RSP, stack.getBigUint64(24, true));
      return 'done';
    }
    default:
      break;
  }
  registers.set(Frame.RIP, next);
  return result;
}

function setPair(registers: TrapRegisters, value: bigint): void {
  registers.set(Frame.RAX, value & WORD);
  registers.set(Frame.RDX, (value >> 32n) & WORD);
}
