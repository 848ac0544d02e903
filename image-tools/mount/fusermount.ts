import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Libc } from '../../tender/native/libc.ts';
import { socketPair } from '../../tender/native/socket-pair.ts';
import { ToolError } from '../base/errors.ts';
import type { MountPlace } from './mount-call.ts';
import { receiveDescriptor } from './receive-descriptor.ts';

/** Where `fusermount3` finds its end of the socket: the child's descriptor of this number. */
const CHILD_FD = 3;

/**
 * Mounts by fusermount3, the setuid program of every system with FUSE, which passes the open /dev/fuse over a
 * socket. @returns undefined if it is not installed
 * @throws ToolError UNAVAILABLE with its own words where it refuses
 */
export async function mountByProgram(libc: Libc, place: MountPlace): Promise<number | undefined> {
  const [ours, theirs] = socketPair(libc);
  const options = [
    'ro,nosuid,nodev,default_permissions,subtype=docteur',
    // A comma parts options, and a backslash protects it.
    `fsname=${place.source.replace(/[\\,]/g, '\\$&')}`,
    ...(place.allowOther ? ['allow_other'] : []),
  ];
  try {
    const child = spawn('fusermount3', ['-o', options.join(','), '--', place.directory], {
      stdio: ['ignore', 'ignore', 'pipe', theirs],
      env: { ...process.env, _FUSE_COMMFD: String(CHILD_FD) },
    });
    closeSync(theirs);
    let words = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, 2000);
    });
    const status = await new Promise<number | null | undefined>((resolve) => {
      child.once('error', () => resolve(undefined));
      child.once('close', resolve);
    });
    if (status === undefined) return undefined;
    const fd = status === 0 ? receiveDescriptor(libc, ours) : undefined;
    if (fd !== undefined) return fd;
    const reason = words.trim().replace(/^fusermount3: /, '') || `it ended with ${status}`;
    throw new ToolError('UNAVAILABLE', `fusermount3 cannot mount ${place.directory}: ${reason}`);
  } finally {
    closeSync(ours);
  }
}
