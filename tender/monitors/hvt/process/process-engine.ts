import { encodeProgram } from '../../../jail/bpf.ts';
import { PROT_READ } from '../../../native/constants.ts';
import type { Engine, EngineSetting, PortWrite, Processor } from '../engine.ts';
import { GuestFault, type GuestMemory } from '../guest-memory.ts';
import { invalidPort } from '../hypercalls.ts';
import {
  CONTROL,
  CONTROL_BYTES,
  CONTROL_PAGE,
  Control,
  FIRST_GUEST_BYTE,
  PROGRAM,
  TRAP_STACK,
} from '../launch/layout.ts';
import { buildProgram, type LaunchProgram, type LaunchStep } from '../launch/program.ts';
import type { SharedFile } from '../launch/start.ts';
import {
  belongToTender,
  CLOSE_ALL,
  closeDoors,
  limits,
  mapControl,
  mapFile,
  robustList,
  UNMAP_REST,
  wakeAtEnd,
} from '../launch/steps.ts';
import { decodePrivileged, MAX_INSTRUCTION } from './decode.ts';
import { deliverFault, describeFault, type Fault } from './deliver.ts';
import { processFilter } from './filter.ts';
import { TrapRegisters } from './registers.ts';
import { doPrivileged, newRingZero } from './ring-zero.ts';
import { FRAME_BYTES, Frame, trapCode } from './trap-code.ts';

const LOW_MEMORY_END = 0x100000;
/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV: the kernel reports faults by these. */
const FAULTS = [4, 5, 7, 8, 11];
const SA_SIGINFO = 4;
const SA_RESTORER = 0x04000000;
const SA_ONSTACK = 0x08000000;
const PR_SET_TSC = 26;
const PR_TSC_SIGSEGV = 2;
/** Time is what the clock says, in nanoseconds: see the handler of rdtsc. */
const CYCLE_FREQUENCY = 1_000_000_000;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
/** Of a page fault's error code: it was a program's. */
const USER = 4;

// The program's data, in 64-bit words.
const ALL_SIGNALS = 0xffffffffffffffffn;
const DATA = {
  limits: 0,
  none: 32,
  action: 40,
  stack: 72,
  robust: 96,
  filterHead: 120,
  filter: 136,
};

function buildData(
  addressOf: (place: string) => number,
  data: number,
  programBytes: number,
  cpuSeconds: number,
): Uint8Array {
  const filter = processFilter(programBytes);
  const code = encodeProgram(filter);
  const bytes = new Uint8Array(DATA.filter + code.length);
  const put = (at: number, ...words: (number | bigint)[]) => {
    bytes.set(new Uint8Array(BigUint64Array.from(words, (word) => BigInt(word)).buffer), at);
  };
  put(DATA.limits, ...limits(cpuSeconds));
  // struct sigaction as the kernel has it: handler, flags, what it returns to (nothing), mask.
  const flags = SA_SIGINFO | SA_RESTORER | SA_ONSTACK;
  put(DATA.action, addressOf('handler'), flags, addressOf('leave'), ALL_SIGNALS);
  put(DATA.stack, CONTROL + CONTROL_PAGE, 0, TRAP_STACK);
  put(DATA.robust, ...robustList(data + DATA.robust, CONTROL + Control.TURN));
  put(DATA.filterHead, filter.length, data + DATA.filter);
  bytes.set(code, DATA.filter);
  return bytes;
}

function build(
  { image, tenderPid, cpuSeconds, spins }: EngineSetting,
  memoryFd: number,
): LaunchProgram {
  const { memory, entry, segments } = image;
  const filterBytes = encodeProgram(processFilter(0)).length;
  return buildProgram({
    code: trapCode(entry, memory, spins),
    dataBytes: DATA.filter + filterBytes,
    build(addressOf, data) {
      const bytes = buildData(addressOf, data, addressOf('end') - PROGRAM, cpuSeconds);
      const steps: LaunchStep[] = [
        mapControl(memoryFd, memory),
        ...belongToTender(tenderPid, cpuSeconds, data + DATA.limits, data + DATA.none),
        mapFile(memoryFd, FIRST_GUEST_BYTE, memory - FIRST_GUEST_BYTE, FIRST_GUEST_BYTE),
        protect(FIRST_GUEST_BYTE, LOW_MEMORY_END, PROT_READ),
        ...segments.map(({ start, end, protection }) => protect(start, end, protection)),
        { name: 'sigaltstack', number: 131, args: [data + DATA.stack, 0] },
        ...FAULTS.map(
          (signal): LaunchStep => ({
            name: 'rt_sigaction',
            number: 13,
            args: [signal, data + DATA.action, 0, 8],
          }),
        ),
        CLOSE_ALL,
        { name: 'prctl', number: 157, args: [PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0] },
        wakeAtEnd(data + DATA.robust),
        UNMAP_REST,
        ...closeDoors(data + DATA.filterHead),
      ];
      return { steps, data: bytes };
    },
  });
}

function protect(start: number, end: number, protection: number): LaunchStep {
  return { name: 'mprotect', number: 10, args: [start, end - start, protection] };
}

function createProcessor({ mapping, memorySize }: SharedFile, memory: GuestMemory): Processor {
  const control = mapping.view(memorySize, CONTROL_BYTES);
  const bytes = new Uint8Array(control);
  const view = new DataView(control);
  const state = newRingZero();
  let rip = 0;
  let last: TrapRegisters | undefined;

  /** Where the kernel put the registers. The guest may have written any address there. */
  function findFrame(): number {
    const address = Number(view.getBigUint64(Control.FRAME, true));
    const at = address - CONTROL;
    if (at >= CONTROL_PAGE && at <= CONTROL_BYTES - FRAME_BYTES && at % 8 === 0) return at;
    throw new GuestFault('the guest broke its trap');
  }
  function setFs(): void {
    view.setBigUint64(Control.FS_BASE, state.fsBase, true);
    view.setUint32(Control.SET_FS, 1, true);
  }
  /** Undefined if the guest's own handler takes over. */
  function deliver(fault: Fault, registers: TrapRegisters): void {
    const { vector, address } = fault;
    // KVM's guests find all of this in their page tables: it is the host that refuses.
    if (
      vector === PAGE_FAULT &&
      address >= BigInt(LOW_MEMORY_END) &&
      address < BigInt(memorySize)
    ) {
      throw new GuestFault(`host/guest translation fault: ${hex(rip)}`);
    }
    if (!deliverFault(fault, state, registers, memory)) {
      throw new GuestFault(`unhandled ${describeFault(fault, hex(rip))}`);
    }
  }
  /** @returns what the guest asks for */
  function emulate(registers: TrapRegisters, fault: Fault): PortWrite | undefined {
    const length = Math.min(MAX_INSTRUCTION, memorySize - 1 - rip);
    const isCode = rip >= LOW_MEMORY_END && length > 0;
    const instruction = isCode ? decodePrivileged(memory.copy(rip, length)) : undefined;
    if (instruction === undefined) {
      deliver(fault, registers);
      return undefined;
    }
    if (instruction.kind === 'halt')
      throw new GuestFault(`the guest halted its processor (hlt): ${hex(rip)}`);
    if (instruction.kind === 'in' || instruction.kind === 'out') {
      const port = instruction.port === 'dx' ? registers.low(Frame.RDX) & 0xffff : instruction.port;
      if (instruction.kind === 'in' || instruction.bytes !== 4) throw invalidPort(port);
      registers.set(Frame.RIP, BigInt(rip + instruction.length));
      return { port, value: registers.low(Frame.RAX) };
    }
    const result = doPrivileged(instruction, state, registers, memory);
    if (result === 'fault') deliver(fault, registers);
    else if (result === 'set fs') setFs();
    return undefined;
  }

  return {
    cycleFrequency: CYCLE_FREQUENCY,
    takeTurn() {
      const at = findFrame();
      const registers = new TrapRegisters(new DataView(control.slice(at, at + FRAME_BYTES)));
      last = registers;
      rip = registers.address(Frame.RIP);
      const fault = {
        vector: registers.low(Frame.VECTOR),
        error: registers.low(Frame.ERROR) & ~USER,
        address: registers.get(Frame.CR2),
      };
      let asked: PortWrite | undefined;
      if (fault.vector === GENERAL_PROTECTION) asked = emulate(registers, fault);
      else deliver(fault, registers);
      registers.store(bytes.subarray(at, at + FRAME_BYTES));
      return asked;
    },
    where: () => rip,
    registers: () => last?.named() ?? {},
  };
}

function hex(rip: number): string {
  return `rip=0x${rip.toString(16)}`;
}

/**
 * Runs guests as processes: the processor runs their code as any program. An instruction of ring 0 faults, the
 * kernel calls a handler in the same process, and that passes the turn to the tender.
 */
export const processEngine: Engine = {
  name: 'process',
  buildProgram: build,
  attach: createProcessor,
};
