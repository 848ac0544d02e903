// The process that serves a mounted image. It has no other rights than its descriptors.
import { readdirSync, readlinkSync, writeSync } from 'node:fs';
import { type Oid, parseOid, toOneLine } from '#format';
import { createHostInflater } from '#format/host';
import { adoptFileDisk } from '../../guest/host/file-disk.ts';
import { FuseServer } from '../../guest/host/fuse/index.ts';
import { newNodeBytes } from '../../guest/host/node-bytes.ts';
import { newNodeSha1 } from '../../guest/host/node-sha1.ts';
import { type MountOptions, mount } from '../../guest/reader/index.ts';
import { openAwaited } from '../../tender/fetcher/open-awaited.ts';
import { F_SETFL, O_NONBLOCK } from '../../tender/native/constants.ts';
import { exitProcess, type Libc, loadLibc } from '../../tender/native/libc.ts';
import { dropStart } from './drop-start.ts';
import { Ending } from './ending.ts';
import { FaultLines } from './fault-lines.ts';
import { mountAwaited } from './mount-awaited.ts';
import { ServeLoop } from './serve-loop.ts';
import type { ServerConfig } from './server-config.ts';
import { enterServerJail } from './server-jail.ts';

/** Of what was read before, in bytes: Linux keeps contents itself, so this is for the bases of deltas. */
const CACHE_BYTES = 32 * 2 ** 20;
/** Of an image that is elsewhere, in bytes. */
const FETCHED_BYTES = 32 * 2 ** 20;
const STDERR = 2;

const config = JSON.parse(process.argv[2] ?? '') as ServerConfig;

function say(text: string): void {
  try {
    writeSync(STDERR, `${config.name}: ${toOneLine(text)}\n`);
  } catch {
    // Nobody listens.
  }
}

/** Opens the image; of one that is elsewhere, `awaited` are its bytes. */
function openImage(libc: Libc) {
  const { image, fds, commit, fetchedSize } = config;
  const options: MountOptions = {
    inflater: createHostInflater(),
    newHash: newNodeSha1,
    newBytes: newNodeBytes,
    cacheBytes: CACHE_BYTES,
    onWarning: (text) => say(`${image}: ${text}`),
    ...(commit !== undefined && { commit: parseOid(commit) as Oid }),
  };
  if (fetchedSize === undefined) {
    const disk = adoptFileDisk(image, fds.image);
    return { ...mount(disk, options), size: disk.size, awaited: undefined };
  }
  const awaited = openAwaited(libc, fds.image, fetchedSize, FETCHED_BYTES);
  return { ...mountAwaited(libc, awaited, options), size: fetchedSize, awaited };
}

function openServer(libc: Libc) {
  const { image, uid, gid } = config;
  const faults = new FaultLines(image);
  const { nodes, size, awaited } = openImage(libc);
  const server = new FuseServer(nodes, {
    uid,
    gid,
    imageBytes: size,
    onFault(error, name) {
      const line = faults.lineOf(error, name);
      if (line !== undefined) say(line);
    },
  });
  return { server, awaited };
}

/** What the event loop of Node waits for: to be read where there is work for it, above all signals. */
function eventDescriptors(): number[] {
  return readdirSync('/proc/self/fd')
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:[eventpoll]';
      } catch {
        return false;
      }
    })
    .map(Number);
}

function tellReady(libc: Libc, warning: string | undefined): void {
  if (warning !== undefined && config.fds.ready === undefined) say(warning);
  if (config.fds.ready === undefined) return;
  const words = warning === undefined ? '' : `${config.name}: ${warning}`;
  writeSync(config.fds.ready, `${words}\n`);
  libc.raw('close', config.fds.ready);
}

function run(): void {
  const { fds, directory, image } = config;
  const libc = loadLibc(config.koffi);
  const { server, awaited } = openServer(libc);
  const ending = new Ending(libc, fds.watcher, directory, say);
  const events = eventDescriptors();
  const handle = server.handle.bind(server);
  const loop = new ServeLoop(libc, { fd: fds.fuse, most: events.length + 1, handle, awaited });
  libc.call('fcntl', fds.fuse, F_SETFL, O_NONBLOCK);

  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) exitProcess(1);
      ending.unmount();
    });
  }
  // It would open Node's debugger.
  process.on('SIGUSR1', () => {});

  /** Serves, and lets Node's event loop have its turn where there is something for it. */
  function turn(): void {
    const ready = loop.serve([...ending.descriptors, ...events]);
    if (ready === undefined) {
      ending.finish();
      exitProcess(0);
    }
    if (ready.includes(fds.watcher)) ending.hear();
    setImmediate(guarded(turn));
  }

  dropStart(libc);
  process.title = `docteur mount ${image} ${directory}`;
  // From here on, messages are for the log.
  if (fds.log !== undefined) {
    libc.call('dup3', fds.log, STDERR, 0);
    libc.raw('close', fds.log);
  }
  tellReady(libc, enterServerJail(libc, fds.image));
  setImmediate(guarded(turn));
}

/** However it fails, this process ends, and the watcher takes the mount away. */
function guarded(job: () => void): () => void {
  return () => {
    try {
      job();
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      exitProcess(1);
    }
  };
}

// Only behind Node's own start.
setImmediate(guarded(run));
