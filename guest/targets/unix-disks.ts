import { UsageError } from '../app/options.ts';

/** A disk of a program, as it was built or as its user wants it. */
export interface ProgramDisk {
  readonly name: string;
  /** Path of the image file; undefined where the program holds it itself. */
  readonly path?: string | undefined;
  /** Where in the program's own file it is; see `openEmbeddedDisk`. */
  readonly embedded?: { readonly fromEnd: number; readonly size: number } | undefined;
}

const ENVIRONMENT = 'DOCTEUR_DISK';

/**
 * The disks of this run: `--disk PATH` or `--disk NAME=PATH` first, then the environment's
 * `DOCTEUR_DISK_NAME` (and `DOCTEUR_DISK` for the first), then those that the program was built with.
 * `--disk` is the program's own wherever it stands before a `--`; all other arguments are the app's.
 * @throws UsageError for a disk that the app does not have
 */
export function chooseDisks(
  built: readonly ProgramDisk[],
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { disks: readonly ProgramDisk[]; rest: readonly string[] } {
  const paths = new Map<string, string>();
  for (const [index, { name }] of built.entries()) {
    const general = index === 0 ? environment[ENVIRONMENT] : undefined;
    const path = environment[`${ENVIRONMENT}_${name.toUpperCase()}`] ?? general;
    if (path) paths.set(name, path);
  }
  const { given, rest } = takeDiskOptions(args);
  for (const value of given) {
    const [name, path] = nameOf(value, built);
    paths.set(name, path);
  }
  const disks = built.map((disk) => {
    const path = paths.get(disk.name);
    return path === undefined ? disk : { name: disk.name, path };
  });
  return { disks, rest };
}

function takeDiskOptions(args: readonly string[]): { given: string[]; rest: string[] } {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const rest = end === -1 ? [] : args.slice(end + 1);
  const given: string[] = [];
  const before: string[] = [];
  for (let at = 0; at < own.length; at++) {
    const argument = own[at] as string;
    if (argument === '--disk') {
      const value = own[++at];
      if (!value) throw new UsageError('--disk needs the path of an image');
      given.push(value);
    } else if (argument.startsWith('--disk=')) given.push(argument.slice('--disk='.length));
    else before.push(argument);
  }
  return { given, rest: [...before, ...rest] };
}

/** `NAME=PATH`, or the path alone where there is one disk. */
function nameOf(value: string, built: readonly ProgramDisk[]): [name: string, path: string] {
  const named = built.find(({ name }) => value.startsWith(`${name}=`));
  if (named !== undefined) return [named.name, value.slice(named.name.length + 1)];
  const [only, ...others] = built;
  if (only !== undefined && others.length === 0) return [only.name, value];
  const names = built.map(({ name }) => name).join(', ');
  throw new UsageError(
    `--disk ${value}: use --disk NAME=PATH, with one of the app's disks (${names})`,
  );
}
