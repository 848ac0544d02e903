// The process that fetches an image for one that must not reach the network. It reads what strangers send, so what it
// does not need is taken from it: see `start-fetcher.ts`, and the filter below.
import { Socket } from 'node:net';
import type { BlockDevice } from '../block/block-device.ts';
import { DEFAULT_SECTOR_SIZE } from '../block/open-block-device.ts';
import { HTTP_LIMITS } from '../block/remote/http/limits.ts';
import { openRemoteSource } from '../block/remote/open-image-device.ts';
import { createRemoteDevice } from '../block/remote/remote-device.ts';
import { closeFetcher } from '../jail/install.ts';
import { exitProcess, loadLibc } from '../native/libc.ts';
import { answerRequests } from './answer-requests.ts';
import {
  CHANNEL_FD,
  type FetcherAnswer,
  type FetcherConfig,
  REQUESTS_FD,
} from './fetcher-config.ts';

/** Bytes of what was read last: whoever asks keeps what it needs itself. */
const CACHE_BYTES = 16 * 1024 * 1024;

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });

/** Whoever started this process may have gone: then the kernel ends it too. */
function tell(answer: FetcherAnswer): void {
  channel.write(`${JSON.stringify(answer)}\n`);
}

function readConfig(): Promise<FetcherConfig> {
  return new Promise((resolve, reject) => {
    let text = '';
    channel.setEncoding('utf8');
    channel.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)));
    });
    channel.on('error', reject);
  });
}

async function open(
  config: FetcherConfig,
): Promise<{ device: BlockDevice; answer: FetcherAnswer }> {
  const { address, options, koffi, runsPrograms } = config;
  if (!runsPrograms) closeFetcher(loadLibc(koffi));
  const source = await openRemoteSource(address, { ...options, expectsEnd: true });
  const { size, shown, version = '' } = source;
  const limits = { ...HTTP_LIMITS, ...options.limits, cache: CACHE_BYTES };
  const device = createRemoteDevice(source, DEFAULT_SECTOR_SIZE, limits);
  // A folder that is somebody's current one cannot be taken away.
  process.chdir('/');
  return { device, answer: { event: 'open', size, shown, version } };
}

async function run(): Promise<void> {
  try {
    const { device, answer } = await open(await readConfig());
    const requests = new Socket({ fd: REQUESTS_FD, readable: true, writable: true });
    answerRequests(requests, device, () => {
      device.close();
      // What runs for us needs a moment to hear of it.
      setImmediate(() => exitProcess(0));
    });
    tell(answer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    channel.end(`${JSON.stringify({ event: 'failed', message } satisfies FetcherAnswer)}\n`, () =>
      exitProcess(1),
    );
  }
}

void run();
