import { closeSync } from 'node:fs';
import { HostError } from '../../../base/errors.ts';
import { loadLater } from '../../../base/load-later.ts';
import type { RemoteLimits } from '../limits.ts';
import { openNbdPlace } from '../nbd/open-nbd-source.ts';
import type { RemoteSource } from '../remote-source.ts';
import { describeDisk } from './describe-disk.ts';
import { type QemuNbd, startQemuNbd } from './start-qemu-nbd.ts';

/** Milliseconds between two attempts to connect: the first, and the longest. */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 100;

/** Its socket comes some 30 ms after its start; a disk elsewhere takes as long as it takes. */
async function connect(
  { socket, ended }: QemuNbd,
  shown: string,
  limits: RemoteLimits,
): Promise<RemoteSource> {
  const place = { to: { path: socket }, name: '', tls: undefined, shown };
  const { setTimeout: sleep } = loadLater('node:timers/promises');
  let words: string | undefined;
  void ended.then((last) => {
    words = last;
  });
  const deadline = performance.now() + limits.idle;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
    try {
      return await openNbdPlace(place, limits);
    } catch (error) {
      if (words !== undefined) throw new HostError(`${shown}: ${words}`, { cause: error });
      if (performance.now() > deadline) throw error;
    }
    await Promise.race([ended, sleep(pause)]);
  }
}

/**
 * Opens a disk that QEMU can read, of any of its formats and protocols, through a qemu-nbd of our own.
 * @param text `qemu:` and a file, an address with a protocol of QEMU's, or `json:`
 * @throws {HostError} (rejects)
 */
export async function openQemuSource(text: string, limits: RemoteLimits): Promise<RemoteSource> {
  const disk = describeDisk(text.slice('qemu:'.length));
  let qemu: QemuNbd | undefined;
  try {
    qemu = await startQemuNbd(disk);
    const source = await connect(qemu, disk.shown, limits);
    const { stop } = qemu;
    return {
      shown: source.shown,
      size: source.size,
      read: (range) => source.read(range),
      close() {
        source.close();
        stop();
      },
    };
  } catch (error) {
    qemu?.stop();
    throw error;
  } finally {
    if (disk.fd !== undefined) closeSync(disk.fd);
  }
}
