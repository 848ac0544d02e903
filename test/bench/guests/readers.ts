// Measures in a guest: KIND READER [check].

import { openBlock } from '../../../guest/machine/block.ts';
import {
  calls,
  clockMonotonic,
  commandLine,
  consoleWrite,
  exit,
  hostSha1,
} from '../../../guest/machine/this-machine.ts';
import type { Reader } from '../../../guest/reader/index.ts';
import { measure, type Work } from './measure.ts';

const [kind, reader, check] = commandLine() as [Work['kind'], Reader, string?];
const now = () => Number(clockMonotonic()) / 1e6;
const newHash = hostSha1();
const work = { kind, reader, now, newHash, check: check !== undefined };
consoleWrite(JSON.stringify(measure(openBlock(calls, 'disk'), work)));
exit(0);
