import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { cleanText } from '../../../base/clean-text.ts';
import { errnoText } from '../../../base/errno-text.ts';
import { HostError } from '../../../base/errors.ts';
import { hidePassword } from '../../../base/passwords.ts';

/** A disk, in the words of QEMU's own command line. */
export interface QemuDisk {
  /** What qemu-nbd opens, and how. */
  readonly args: readonly string[];
  /** Open; qemu-nbd finds it as descriptor 3. The caller closes it. */
  readonly fd: number | undefined;
  /** For messages: without keys and logins. */
  readonly shown: string;
}

/** The descriptor of qemu-nbd that is the disk's file. */
const FILE_FD = 3;

const HEAD_BYTES = 512;

/** Formats by what a file holds at an offset. */
const FORMATS: readonly [driver: string, at: number, magic: string][] = [
  ['qcow2', 0, 'QFI\xfb'],
  ['vmdk', 0, 'KDMV'],
  ['vdi', 64, '\x7f\x10\xda\xbe'],
  ['vhdx', 0, 'vhdxfile'],
  ['vpc', 0, 'conectix'],
  ['luks', 0, 'LUKS\xba\xbe'],
  ['vmdk', 0, '# Disk DescriptorFile'],
];

const EXTERNAL_DATA_FILE = 4;

/** What a file's head says of files beside it: its author is not to choose what is read of this machine. */
function leansOnOthers(driver: string, head: Buffer): boolean {
  // Incompatible features, a big-endian u64 of version 3.
  if (driver === 'qcow2' && head.readUInt32BE(4) >= 3) {
    return (head.readUInt32BE(76) & EXTERNAL_DATA_FILE) !== 0;
  }
  // A capacity of 0 sends to the descriptor, which may name any file.
  return driver === 'vmdk' && (head[0] === 0x23 || head.readBigUInt64LE(12) === 0n);
}

function describeFile(path: string): QemuDisk {
  const shown = cleanText(`qemu:${path}`);
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new HostError(`${shown}: ${errnoText(error)}`);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() && !stats.isBlockDevice()) {
      throw new HostError(`${shown}: not a file, and not a block device`);
    }
    const head = Buffer.alloc(HEAD_BYTES);
    readSync(fd, head, 0, head.length, 0);
    const text = head.toString('latin1');
    const [driver] = FORMATS.find(([, at, magic]) => text.startsWith(magic, at)) ?? ['raw'];
    if (leansOnOthers(driver, head)) {
      throw new HostError(
        `${shown}: the disk leans on other files, which it names itself: name them yourself, as qemu:json:{...}`,
      );
    }
    if (driver === 'luks') {
      throw new HostError(
        `${shown}: the disk is encrypted: write qemu:json:{"driver":"luks","key-secret":{"secret-file":"KEY"},` +
          `"file":{"driver":"file","filename":"DISK"}}`,
      );
    }
    const options = {
      driver,
      // Whatever the file names as its base stays closed.
      ...((driver === 'qcow2' || driver === 'vmdk') && { backing: null }),
      file: {
        driver: stats.isFile() ? 'file' : 'host_device',
        filename: `/proc/self/fd/${FILE_FD}`,
      },
    };
    return { args: [`json:${JSON.stringify(options)}`], fd, shown };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** `{ "secret-file": PATH }` in place of a secret's name becomes a secret. */
function takeSecrets(value: unknown, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => takeSecrets(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const { 'secret-file': file, ...rest } = value as Record<string, unknown>;
  if (typeof file === 'string' && Object.keys(rest).length === 0) {
    const id = `secret${secrets.length / 2}`;
    // A comma would begin the next property.
    secrets.push('--object', `secret,id=${id},file=${file.replaceAll(',', ',,')}`);
    return id;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, takeSecrets(item, secrets)]),
  );
}

function describeJson(text: string): QemuDisk {
  const shown = 'qemu:json:{...}';
  let options: unknown;
  try {
    options = JSON.parse(text);
  } catch {
    throw new HostError(`${shown}: not JSON; quote it for the shell: 'qemu:json:{"driver":...}'`);
  }
  if (typeof (options as { driver?: unknown } | null)?.driver !== 'string') {
    throw new HostError(`${shown}: "driver" is missing: the format is never guessed`);
  }
  const secrets: string[] = [];
  const args = [`json:${JSON.stringify(takeSecrets(options, secrets))}`];
  return { args: [...secrets, ...args], fd: undefined, shown };
}

/**
 * What qemu-nbd is to open. A file's format is told by its first bytes, and it may lean on no other file; whatever a
 * protocol of QEMU's has (`rbd:`, `ssh:`) is raw; `json:` says all by itself.
 * @param text behind `qemu:`
 * @throws {HostError}
 */
export function describeDisk(text: string): QemuDisk {
  if (text.startsWith('json:')) return describeJson(text.slice('json:'.length));
  const [, scheme] = /^([a-z][a-z0-9+.-]*):/i.exec(text) ?? [];
  if (scheme === undefined) return describeFile(text);
  const [place = ''] = hidePassword(text).split('?');
  const shown = scheme === 'rbd' ? place.split(':', 2).join(':') : place;
  return { args: ['--format=raw', text], fd: undefined, shown: cleanText(`qemu:${shown}`) };
}
