import { HostError } from '../../../base/errors.ts';
import type { MemoryImage } from '../../../guests/elf/segments.ts';
import { encodeProgram } from '../../../jail/bpf.ts';
import { EINTR } from '../../../native/constants.ts';
import { SyscallError } from '../../../native/libc.ts';
import type { Engine, EngineSetting, PortWrite, Processor } from '../engine.ts';
import { UnfitEngine } from '../engine.ts';
import { GuestFault } from '../guest-memory.ts';
import { invalidPort } from '../hypercalls.ts';
import {
  CONTROL,
  CONTROL_BYTES,
  CONTROL_PAGE,
  Control,
  KVM_MEMORY,
  KVM_RUN_PAGE,
  PROGRAM,
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
import { kvmFilter } from './kvm-filter.ts';
import { KVM_FD, runCode, VCPU_FD, VM_FD } from './run-code.ts';
import {
  CPUID_ENTRIES,
  decodeExit,
  decodeRegisters,
  type Exit,
  encodeRegion,
  encodeRegisters,
  encodeSpecialRegisters,
  RUN_HEAD_BYTES,
} from './structs.ts';
import { PRELUDE, PROBE_PORT, prelude, writeTables } from './tables.ts';

const DEVICE = '/dev/kvm\0';
const O_RDWR_CLOEXEC = 0o2000002;
const AT_FDCWD = -100;
const MAP_SHARED_FIXED = 0x11;
const PROT_READ_WRITE = 3;
const EFAULT = 14;
const EIO = 5;
const API_VERSION = 12;
const CAP_USER_MEMORY = 3;
const CAP_GET_TSC_KHZ = 61;
/** Place of the kernel's list of processor features. This engine needs no stack for traps. */
const CPUID = CONTROL_PAGE;
/** Of struct hvt_boot_info: how often the time counts a second. */
const CYCLE_FREQUENCY = 0x10000 + 16;
/** Of struct kvm_regs. */
const RIP = 128;

/** The program's data: each piece at a multiple of 8. */
class Data {
  readonly #base: number;
  #bytes = new Uint8Array();

  constructor(base: number) {
    this.#base = base;
  }

  /** @returns its address */
  add(piece: Uint8Array | BigUint64Array): number {
    const at = this.#bytes.length;
    const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
    const longer = new Uint8Array(at + Math.ceil(bytes.length / 8) * 8);
    longer.set(this.#bytes);
    longer.set(bytes, at);
    this.#bytes = longer;
    return this.#base + at;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

function ioctl(
  name: string,
  fd: number,
  request: number,
  argument: number,
  wanted: number | 'any' = 0,
): LaunchStep {
  return { name: `${name} of /dev/kvm`, number: 16, args: [fd, request, argument], wanted };
}

function machineSteps(data: Data, memorySize: number, start: number): LaunchStep[] {
  const path = data.add(new TextEncoder().encode(DEVICE));
  const region = data.add(encodeRegion(memorySize, KVM_MEMORY));
  const special = data.add(encodeSpecialRegisters());
  const registers = data.add(encodeRegisters(memorySize, start));
  const cpuid = CONTROL + CPUID;
  const runPage = [KVM_RUN_PAGE, 2 * 4096, PROT_READ_WRITE, MAP_SHARED_FIXED, VCPU_FD, 0];
  return [
    { name: '/dev/kvm', number: 257, args: [AT_FDCWD, path, O_RDWR_CLOEXEC, 0], wanted: KVM_FD },
    ioctl('the version', KVM_FD, 0xae00, 0, API_VERSION),
    ioctl('KVM_CAP_USER_MEMORY', KVM_FD, 0xae03, CAP_USER_MEMORY, 1),
    ioctl('KVM_CAP_GET_TSC_KHZ', KVM_FD, 0xae03, CAP_GET_TSC_KHZ, 1),
    ioctl('KVM_CREATE_VM', KVM_FD, 0xae01, 0, VM_FD),
    ioctl('KVM_CREATE_VCPU', VM_FD, 0xae41, 0, VCPU_FD),
    { name: 'mmap of a processor', number: 9, args: runPage, wanted: KVM_RUN_PAGE },
    ioctl('KVM_SET_USER_MEMORY_REGION', VM_FD, 0x4020ae46, region),
    ioctl('KVM_GET_SUPPORTED_CPUID', KVM_FD, 0xc008ae05, cpuid),
    ioctl('KVM_SET_CPUID2', VCPU_FD, 0x4008ae90, cpuid),
    ioctl('KVM_SET_SREGS', VCPU_FD, 0x4138ae84, special),
    ioctl('KVM_SET_REGS', VCPU_FD, 0x4090ae82, registers),
  ];
}

/** Room for all of {@link Data}. */
const DATA_BYTES = 2048;

function build(
  { image, tenderPid, cpuSeconds, spins }: EngineSetting,
  memoryFd: number,
  probed: boolean,
): LaunchProgram {
  return buildProgram({
    code: runCode(spins),
    dataBytes: DATA_BYTES,
    build(addressOf, base) {
      const data = new Data(base);
      const bounds = data.add(limits(cpuSeconds));
      const none = data.add(new BigUint64Array(1));
      const robust = data.add(robustList(base + data.bytes.length, CONTROL + Control.TURN));
      const filter = kvmFilter(addressOf('end') - PROGRAM);
      const code = data.add(encodeProgram(filter));
      const head = data.add(BigUint64Array.of(BigInt(filter.length), BigInt(code)));
      const steps = [
        mapControl(memoryFd, image.memory),
        ...belongToTender(tenderPid, cpuSeconds, bounds, none),
        mapFile(memoryFd, KVM_MEMORY, image.memory, 0),
        // Of what is executed a host's mapping is only read.
        ...image.segments.map(
          ({ start, end, protection }): LaunchStep => ({
            name: 'mprotect',
            number: 10,
            args: [KVM_MEMORY + start, end - start, protection & 2 ? PROT_READ_WRITE : 1],
          }),
        ),
        CLOSE_ALL,
        ...machineSteps(data, image.memory, probed ? PRELUDE : image.entry),
        wakeAtEnd(robust),
        UNMAP_REST,
        ...closeDoors(head),
      ];
      return { steps, data: data.bytes };
    },
  });
}

function createProcessor(
  { mapping, memorySize }: SharedFile,
  image: MemoryImage,
  probed: boolean,
): Processor {
  const control = mapping.view(memorySize, CONTROL_BYTES);
  const view = new DataView(control);
  const guest = mapping.view(0, memorySize);
  writeTables(guest);
  if (probed) new Uint8Array(guest).set(prelude(image.entry), PRELUDE);
  view.setUint32(CPUID, CPUID_ENTRIES, true);
  let turns = 0;

  function setFrequency(): undefined {
    const kilohertz = Number(view.getBigInt64(Control.RESULT, true));
    if (kilohertz === -EIO)
      throw new HostError(
        'the clock of this machine (TSC) is unstable: --hvt=process does without',
      );
    if (kilohertz <= 0)
      throw new HostError(new SyscallError('KVM_GET_TSC_KHZ', -kilohertz).message);
    new DataView(guest).setBigUint64(CYCLE_FREQUENCY, BigInt(kilohertz) * 1000n, true);
  }
  const where = () => Number(view.getBigUint64(Control.REGISTERS + RIP, true));
  function translationFault(): never {
    throw new GuestFault(`host/guest translation fault: ${hex(where())}`);
  }
  function explain(exit: Exit): never {
    const at = hex(where());
    switch (exit.kind) {
      case 'halt':
        throw new GuestFault(`the guest halted its processor (hlt): ${at}`);
      case 'shutdown':
        throw new GuestFault(`unhandled fault (the processor reset itself): ${at}`);
      case 'memory':
        if (exit.address < BigInt(memorySize)) translationFault();
        throw new GuestFault(
          `access outside of the guest's memory: gpa=0x${exit.address.toString(16)}, ${at}`,
        );
      case 'internal error': {
        const bytes = Buffer.from(exit.instruction).toString('hex');
        const what = bytes === '' ? `suberror ${exit.suberror}` : `the instruction ${bytes}`;
        throw new HostError(`KVM cannot run ${what} of the guest at ${at}: --hvt=process can`);
      }
      case 'failed entry':
        throw new HostError(`KVM: entry failure: 0x${exit.reason.toString(16)}`);
      case 'other port':
        throw invalidPort(exit.port);
      case 'other':
        throw new HostError(
          `KVM: unhandled exit: exit_reason=0x${exit.reason.toString(16)}, ${at}`,
        );
      default:
        throw new HostError('KVM: unhandled exit');
    }
  }

  return {
    cycleFrequency: 0,
    takeTurn(): PortWrite | undefined {
      turns += 1;
      if (turns === 1) return setFrequency();
      const result = Number(view.getBigInt64(Control.RESULT, true));
      if (result === -EINTR) {
        turns -= 1;
        return undefined;
      }
      if (result === -EFAULT) translationFault();
      if (result < 0) throw new HostError(new SyscallError('KVM_RUN', -result).message);
      const exit = decodeExit(
        new DataView(control.slice(Control.RUN_HEAD, Control.RUN_HEAD + RUN_HEAD_BYTES)),
      );
      if (probed && turns === 2) {
        if (exit.kind === 'out' && exit.port === PROBE_PORT) return undefined;
        throw new UnfitEngine('this KVM cannot run SSE code');
      }
      if (exit.kind !== 'out') explain(exit);
      return { port: exit.port, value: view.getUint32(Control.RUN_DATA, true) };
    },
    where,
    registers: () => decodeRegisters(new DataView(control, Control.REGISTERS)),
  };
}

function hex(rip: number): string {
  return `rip=0x${rip.toString(16)}`;
}

/**
 * Runs guests as virtual machines of KVM. Machine and processor belong to the guest's process, which does
 * nothing but run them and report exits by turns.
 * @param probed whether a KVM without SSE is refused before the guest begins; else the guest runs until its
 * first such instruction
 */
export function kvmEngine(probed: boolean): Engine {
  return {
    name: 'KVM',
    buildProgram: (setting, memoryFd) => build(setting, memoryFd, probed),
    attach: (shared, _memory, image) => createProcessor(shared, image, probed),
  };
}
