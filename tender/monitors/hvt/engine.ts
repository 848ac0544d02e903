import type { MemoryImage } from '../../guests/elf/segments.ts';
import type { Registers } from './dump-core.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { LaunchProgram } from './launch/program.ts';
import type { SharedFile } from './launch/start.ts';

/** What a guest asks for: to write to a port. An engine handles everything else itself. */
export interface PortWrite {
  readonly port: number;
  /** 32 bits. */
  readonly value: number;
}

/** What an engine must know to prepare a processor. */
export interface EngineSetting {
  readonly image: MemoryImage;
  readonly tenderPid: number;
  /** Of processor time; 0 for no bound. */
  readonly cpuSeconds: number;
  /** How often the guest's side checks for its turn before it sleeps. */
  readonly spins: number;
}

/** An engine of this kind cannot run guests on this system. */
export class UnfitEngine extends Error {
  override readonly name = 'UnfitEngine';
}

/** Runs the instructions of guests for hvt. */
export interface Engine {
  /** For people. */
  readonly name: string;
  /** @param memoryFd the descriptor of what the guest's process shares with the tender */
  buildProgram(setting: EngineSetting, memoryFd: number): LaunchProgram;
  /** Prepares memory; gives what serves one guest. */
  attach(shared: SharedFile, memory: GuestMemory, image: MemoryImage): Processor;
}

/** A guest's processor, while it is the tender's turn. */
export interface Processor {
  /** Ticks of its time in a second; 0 if that is measured before the guest begins. */
  readonly cycleFrequency: number;
  /**
   * Finds out why the turn came, and does what the engine itself can do.
   * @returns what the guest asks for, undefined where nothing remains to be done
   * @throws {GuestFault} where the guest is to be ended, {HostError} where the host failed,
   * {UnfitEngine} where it cannot run guests, before the guest's first instruction
   */
  takeTurn(): PortWrite | undefined;
  /** The address of the guest's instruction, or of the next one, at the last turn. */
  where(): number;
  /** The guest's registers at the last turn. */
  registers(): Registers;
}
