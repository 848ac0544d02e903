import { resolve } from 'node:path';
import { BuildError } from './errors.ts';
import type { Target } from './target.ts';

/** The form that manifests require. */
const DEVICE_NAME = /^[A-Za-z0-9]{1,67}$/;
const DEFAULT_NAME = 'docteur';

/** A disk of an app: its name, and of a program the path of its image. */
export interface AppDisk {
  readonly name: string;
  /** Absolute; empty of a guest. */
  readonly path: string;
}

/**
 * Reads the values of `--disk`: names of devices for a guest, paths or `NAME=PATH` for a program.
 * @throws BuildError
 */
export function parseDisks(target: Target, values: readonly string[]): AppDisk[] {
  const disks = values.map((value) =>
    target === 'hvt' ? guestDisk(value) : programDisk(value, values.length),
  );
  const twice = disks.find(({ name }, index) => disks.findIndex((d) => d.name === name) < index);
  if (twice !== undefined)
    throw usage(`two disks are named '${twice.name}'; give each its own name`);
  return disks;
}

function guestDisk(value: string): AppDisk {
  if (DEVICE_NAME.test(value)) return { name: value, path: '' };
  const [name, file] = /^([A-Za-z0-9]{1,67})=(.+)$/.exec(value)?.slice(1) ?? [DEFAULT_NAME, 'FILE'];
  throw usage(
    `'${value}' is not a device name (letters and digits, at most 67): use --disk ${name} and ` +
      `attach the image at run time, tender --block:${name}=${file}`,
  );
}

function programDisk(value: string, count: number): AppDisk {
  const [name, path] = /^([A-Za-z0-9]{1,67})=(.+)$/.exec(value)?.slice(1) ?? [];
  if (name !== undefined && path !== undefined) return { name, path: resolve(path) };
  if (count > 1) throw usage(`--disk ${value}: with several disks, each is --disk NAME=PATH`);
  return { name: DEFAULT_NAME, path: resolve(value) };
}

function usage(message: string): BuildError {
  return new BuildError(message, 64);
}
