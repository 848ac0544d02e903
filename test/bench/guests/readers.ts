// Measures in a guest: KIND READER [check].

import { openBlock } from '../../../guest/block.ts';
import type { Reader } from '../../../guest/fs/index.ts';
import { createGuestSha1 } from '../../../guest/guest-sha1.ts';
import { clockMonotonic, commandLine, consoleWrite, exit, loadSha1 } from '../../../guest/solo5.ts';
import { measure, type Work } from './measure.ts';

const [kind, reader, check] = commandLine() as [Work['kind'], Reader, string?];
const now = () => Number(clockMonotonic()) / 1e6;
const newHash = createGuestSha1(loadSha1);
const work = { kind, reader, now, newHash, check: check !== undefined };
consoleWrite(JSON.stringify(measure(openBlock('disk'), work)));
exit(0);
