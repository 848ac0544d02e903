// Measures in a process of its own: KIND READER IMAGE; prints JSON. KIND `nothing` is the baseline.
import { createHash } from 'node:crypto';
import { openFileDisk } from '../../guest/host/file-disk.ts';
import type { Reader } from '../../guest/reader/index.ts';
import { measure, type Work } from './guests/measure.ts';

const [kind, reader, image] = process.argv.slice(2) as [Work['kind'], Reader, string];
const disk = openFileDisk(image);
const newHash = () => createHash('sha1');
const now = () => performance.now();
const measured = measure(disk, { kind, reader, now, newHash });
// In KiB: the most memory that the process ever had.
process.stdout.write(JSON.stringify({ ...measured, maxRss: process.resourceUsage().maxRSS }));
