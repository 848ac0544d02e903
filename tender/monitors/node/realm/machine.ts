import type { Machine } from '#abi';
import {
  apply,
  Bytes,
  GuestRangeError,
  GuestTypeError,
  NO_STACK,
  parseJson,
  setPrototypeOf,
  sliceString,
} from './captured.ts';
import type { HostCalls, MachineDescription } from './host-calls.ts';
import { createSha1 } from './sha1.ts';

/** Characters of one line that a guest says, and of a phase's name. */
const MAX_LINE = 4000;
const MAX_PHASE = 64;

function limited(text: unknown, length: number): string {
  return apply(sliceString, `${text as string}`, [0, length]);
}

/** A number as it is; anything else stands for no queue, and no index. */
function asNumber(value: unknown): number {
  return typeof value === 'number' ? value : -1;
}

/** The calls that may say what is wrong. */
type Refusing = (...args: never[]) => string | undefined;

/**
 * Makes the one value that the guest gets: of the guest's own realm, down to every function and every
 * error; the host's calls stay behind it.
 */
export function createMachine(host: HostCalls, description: string, memory: ArrayBuffer): Machine {
  const { notify, watch, wait, writeConsole, log, mark, clockMonotonic, clockWall, exit, sha1 } =
    host;
  const { arguments: args, heap, devices } = parseJson(description) as MachineDescription;
  // Made by the host: the buffer is the guest's, what it inherits from must not be the host's.
  setPrototypeOf(memory, ArrayBuffer.prototype);

  /** The host's word for what is wrong, as the guest's own error. */
  function refuse(reason: ReturnType<Refusing>): void {
    if (reason !== undefined) throw new GuestTypeError(reason);
  }
  function leave(status: number): never {
    try {
      exit(status);
    } catch {
      // Told below.
    }
    throw new GuestRangeError(NO_STACK);
  }

  return {
    arguments: args,
    memory,
    heap,
    devices: devices.map(({ name, type, queues, features, config }) => ({
      name,
      type,
      queues,
      features,
      config: new Bytes(config),
    })),
    notify(queue) {
      let reason: string | undefined;
      try {
        reason = notify(asNumber(queue));
      } catch {
        reason = NO_STACK;
      }
      refuse(reason);
    },
    wait(queues, deadline) {
      const { length } = queues;
      for (let at = 0; at < length; at += 1) {
        const { id, seen } = queues[at] as (typeof queues)[number];
        let reason: string | undefined;
        try {
          reason = watch(at, asNumber(id), asNumber(seen));
        } catch {
          reason = NO_STACK;
        }
        refuse(reason);
      }
      let outcome: string | boolean;
      try {
        outcome = wait(asNumber(length), typeof deadline === 'bigint' ? deadline : undefined);
      } catch {
        outcome = NO_STACK;
      }
      if (typeof outcome === 'string') throw new GuestTypeError(outcome);
      return outcome;
    },
    consoleWrite(bytes) {
      let reason: string | undefined;
      try {
        reason = writeConsole(bytes);
      } catch {
        reason = NO_STACK;
      }
      refuse(reason);
    },
    log(message) {
      const line = limited(message, MAX_LINE);
      try {
        log(line);
      } catch {
        throw new GuestRangeError(NO_STACK);
      }
    },
    clockMonotonic() {
      try {
        return clockMonotonic();
      } catch {
        throw new GuestRangeError(NO_STACK);
      }
    },
    clockWall() {
      try {
        return clockWall();
      } catch {
        throw new GuestRangeError(NO_STACK);
      }
    },
    mark(phase) {
      const name = limited(phase, MAX_PHASE);
      try {
        mark(name);
      } catch {
        throw new GuestRangeError(NO_STACK);
      }
    },
    sha1: sha1 && createSha1(sha1),
    exit(status) {
      return leave(status & 0xff);
    },
    abort() {
      return leave(255);
    },
  };
}
