// Measures in a guest: KIND READER [check|wait]. With `wait`, it stays for a moment, so that its memory can be looked at.

import { openBlock } from '../../../guest/machine/block.ts';
import {
  calls,
  clockMonotonic,
  commandLine,
  consoleWrite,
  exit,
  hostSha1,
  sleepUntil,
} from '../../../guest/machine/this-machine.ts';
import type { Reader } from '../../../guest/reader/index.ts';
import { measure, type Work } from './measure.ts';

/** In nanoseconds. */
const MOMENT = 200_000_000n;

const [kind, reader, flag] = commandLine() as [Work['kind'], Reader, string?];
const now = () => Number(clockMonotonic()) / 1e6;
const newHash = hostSha1();
const work = { kind, reader, now, newHash, check: flag === 'check' };
consoleWrite(JSON.stringify(measure(openBlock(calls, 'disk'), work)));
if (flag === 'wait') sleepUntil(clockMonotonic() + MOMENT);
exit(0);
