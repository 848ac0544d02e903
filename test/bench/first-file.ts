// What the first file of a run costs on a disk that nothing was read of: reads that wait for one another, and
// bytes. These are counted, not timed.
// usage: node --conditions=docteur:source test/bench/first-file.ts IMAGE [FILES]
import { readFileSync } from 'node:fs';
import { memorySource } from '#format';
import { LineCache } from '../../guest/reader/cache/line-cache.ts';
import { mount } from '../../guest/reader/index.ts';
import { SlowDevice } from '../fixtures/slow-device.ts';
import { filesBelow, shuffled } from './guests/measure.ts';

/** The cache of a guest. */
const LINE = 64 * 1024;
const LINES = 128;

const [file = 'disk.img', count = '500'] = process.argv.slice(2);
const image = readFileSync(file);
const paths = shuffled(filesBelow(mount(memorySource(image))).sort()).slice(0, Number(count));

function measure(name: string, check: boolean, targets: { waits: number; bytes: number }): void {
  const runs = paths.map((path) => {
    const device = new SlowDevice(image);
    const cache = new LineCache(device, new Uint8Array(LINES * LINE), LINE);
    mount(cache, { check }).open(path).view(0, LINE);
    return device;
  });
  const waits = runs.map((run) => run.waits).sort((a, b) => a - b);
  const bytes = runs.map((run) => run.bytesRead).sort((a, b) => a - b);
  const at = (sorted: readonly number[], share: number) =>
    sorted[Math.floor(share * (sorted.length - 1))] as number;
  const spread = [0.5, 0.9, 0.99, 1].map(
    (share) => `${at(waits, share)} reads ${(at(bytes, share) / 1000).toFixed(0)} KB`,
  );
  const within = runs.filter(
    (run) => run.waits <= targets.waits && run.bytesRead <= targets.bytes,
  ).length;
  process.stdout.write(
    `${name.padEnd(8)} p50 ${spread[0]}, p90 ${spread[1]}, p99 ${spread[2]}, worst ${spread[3]}; ${((100 * within) / runs.length).toFixed(1)} % within ${targets.waits} reads and ${targets.bytes / 1000} KB\n`,
  );
}

process.stdout.write(`${file}: the first of ${paths.length} files\n`);
measure('', false, { waits: 4, bytes: 350_000 });
measure('--check', true, { waits: 5, bytes: 500_000 });
