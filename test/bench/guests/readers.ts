// Measures in a guest: KIND READER.

import { openBlock } from '../../../guest/block.ts';
import type { Reader } from '../../../guest/fs/index.ts';
import { clockMonotonic, commandLine, consoleWrite, exit } from '../../../guest/solo5.ts';
import { measure, type Work } from './measure.ts';

const [kind, reader] = commandLine() as [Work['kind'], Reader];
const now = () => Number(clockMonotonic()) / 1e6;
consoleWrite(JSON.stringify(measure(openBlock('disk'), { kind, reader, now })));
exit(0);
