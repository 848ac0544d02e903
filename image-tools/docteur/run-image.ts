import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';

/** Where an image has its PACK, and what that begins with. */
const PACK_AT = 28;
const PACK_MAGIC = 'PACK';

/** Signals that are for the program, and end this process by ending that. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Whether a word of the command line is the path of an image. */
export function isImage(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    const fd = openSync(path, 'r');
    try {
      const magic = Buffer.alloc(PACK_MAGIC.length);
      return readSync(fd, magic, 0, magic.length, PACK_AT) > 0 && `${magic}` === PACK_MAGIC;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/**
 * Runs the program in an image by a Node of its own, which finds its modules and files there.
 * @param hooks the module docteur/register-fs
 * @returns its exit status, 128 + n for signal n
 */
export function runImage(hooks: string, image: string, args: readonly string[]): Promise<number> {
  const path = resolve(image);
  const child = spawn(process.execPath, [...process.execArgv, '--import', hooks, path, ...args], {
    stdio: 'inherit',
    env: { ...process.env, DOCTEUR_REGISTER_FS: path },
  });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
