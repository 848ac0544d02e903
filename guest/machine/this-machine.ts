// The machine that runs this guest: the only file that knows where a guest finds it.
import type { Machine } from '#abi';
import { createHypercalls, type Hypercalls } from './hypercalls.ts';

export { Result } from '#abi';

/** Given to the guest's script by the runtime, as the parameter that `guestFunction` names. */
declare const solo5machine: Machine;

/** The hypercalls of this guest's machine. */
export const calls: Hypercalls = createHypercalls(solo5machine);

export const abort: Hypercalls['abort'] = calls.abort;
export const allocateShared: Hypercalls['allocateShared'] = calls.allocateShared;
export const blockAcquire: Hypercalls['blockAcquire'] = calls.blockAcquire;
export const blockDevices: Hypercalls['blockDevices'] = calls.blockDevices;
export const blockFlush: Hypercalls['blockFlush'] = calls.blockFlush;
export const blockRead: Hypercalls['blockRead'] = calls.blockRead;
export const blockReadBatch: Hypercalls['blockReadBatch'] = calls.blockReadBatch;
export const blockWrite: Hypercalls['blockWrite'] = calls.blockWrite;
export const clockMonotonic: Hypercalls['clockMonotonic'] = calls.clockMonotonic;
export const clockWall: Hypercalls['clockWall'] = calls.clockWall;
export const commandLine: Hypercalls['commandLine'] = calls.commandLine;
export const consoleWrite: Hypercalls['consoleWrite'] = calls.consoleWrite;
export const exit: Hypercalls['exit'] = calls.exit;
export const hostSha1: Hypercalls['hostSha1'] = calls.hostSha1;
export const log: Hypercalls['log'] = calls.log;
export const markPhase: Hypercalls['markPhase'] = calls.markPhase;
export const sleepUntil: Hypercalls['sleepUntil'] = calls.sleepUntil;
