import fs from 'node:fs';
import { MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_TREE } from '#format';
import type { Kind, NodeTree, TreeNode } from '../../reader/index.ts';

/** As stat says them: a submodule, of which an image has only the id, is an empty directory. */
const MODES: Readonly<Record<Kind, number>> = {
  file: MODE_FILE,
  executable: MODE_EXECUTABLE,
  directory: MODE_TREE | 0o755,
  link: MODE_LINK | 0o777,
  submodule: MODE_TREE | 0o755,
};

const BLOCK_SIZE = 4096;
const SECTOR_SIZE = 512;
/** The device number of the next image: none of a disk, and another for each image. */
let nextDevice = 0xd0c0000;

export function newDevice(): number {
  return nextDevice++;
}

let bigPrototype: object | undefined;

/** Node's own class, whose constructor is not for everyone. */
function bigStatsPrototype(): object {
  bigPrototype ??= Object.getPrototypeOf(fs.statSync('.', { bigint: true })) as object;
  return bigPrototype;
}

/** The stat of a node, as an instance of Node's own class. All times are the commit's. */
export function statNode(
  nodes: NodeTree,
  node: TreeNode,
  device: number,
  isBig = false,
): fs.Stats | fs.BigIntStats {
  const seconds = nodes.lastModified;
  const size = nodes.size(node);
  const whole = {
    dev: device,
    mode: MODES[nodes.kind(node)],
    nlink: 1,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    rdev: 0,
    blksize: BLOCK_SIZE,
    ino: nodes.number(node),
    size,
    blocks: Math.ceil(size / SECTOR_SIZE),
  };
  if (!isBig) {
    const ms = seconds * 1000;
    const times = { atimeMs: ms, mtimeMs: ms, ctimeMs: ms, birthtimeMs: ms };
    return Object.assign(Object.create(fs.Stats.prototype), whole, times);
  }
  const ms = BigInt(seconds) * 1000n;
  const ns = ms * 1_000_000n;
  return Object.assign(
    Object.create(bigStatsPrototype()),
    Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, BigInt(value)])),
    { atimeMs: ms, mtimeMs: ms, ctimeMs: ms, birthtimeMs: ms },
    { atimeNs: ns, mtimeNs: ns, ctimeNs: ns, birthtimeNs: ns },
  );
}

/** What statfs says of an image: no room, and no more names. */
export function statImage(isBig = false): fs.StatsFs | fs.BigIntStatsFs {
  const whole = {
    ...{ type: 0, bsize: BLOCK_SIZE, frsize: BLOCK_SIZE, blocks: 0, bfree: 0, bavail: 0 },
    ...{ files: 0, ffree: 0 },
  };
  if (!isBig) return whole as fs.StatsFs;
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => [name, BigInt(value)]),
  ) as unknown as fs.BigIntStatsFs;
}
