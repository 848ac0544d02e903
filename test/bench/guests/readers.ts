// Measures in a guest: KIND READER [check].

import { openBlock } from '../../../guest/block.ts';
import type { Reader } from '../../../guest/fs/index.ts';
import { clockMonotonic, commandLine, consoleWrite, exit } from '../../../guest/solo5.ts';
import { measure, type Work } from './measure.ts';

const [kind, reader, check] = commandLine() as [Work['kind'], Reader, string?];
const now = () => Number(clockMonotonic()) / 1e6;
consoleWrite(
  JSON.stringify(measure(openBlock('disk'), { kind, reader, now, check: check !== undefined })),
);
exit(0);
