import type { MemoryImage } from '../../guests/elf/segments.ts';
import type { Registers } from './dump-core.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { LaunchProgram } from './launch/program.ts';
import type { SharedFile } from './launch/start.ts';

/** What a guest asks for by its turn: to write to a port, or nothing that the rest of the tender knows. */
export interface PortWrite {
  readonly port: number;
  /** 32 bits. */
  readonly value: number;
}

/** What a processor needs to be prepared for. */
export interface EngineSetting {
  readonly image: MemoryImage;
  readonly tenderPid: number;
  /** Of processor time; 0 for no bound. */
  readonly cpuSeconds: number;
  /** Times that the guest's side looks whether the turn has come back, before it sleeps. */
  readonly spins: number;
}

/** This system's engine of that kind cannot run guests. */
export class UnfitEngine extends Error {
  override readonly name = 'UnfitEngine';
}

/** What runs the instructions of hvt's guests. */
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
  /** How often its time counts a second; 0 where that is found out before the guest begins. */
  readonly cycleFrequency: number;
  /**
   * Looks why the turn came. What the engine does by itself is done then.
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
