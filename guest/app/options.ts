/** Arguments that an app does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The user asks what the app can do; not an error, but the end of the work. */
export class HelpWanted extends Error {
  override readonly name = 'HelpWanted';
}

/**
 * Reads arguments of the forms `--name value` and `--name=value`; the last of a name counts. Only
 * `names`, which all take a value, and `flags` are known: a flag stands alone and gives empty text.
 * `--help` is answered for the app, unless it knows such an option itself.
 * @param about what the app does, for `--help`
 * @throws UsageError; HelpWanted, which `runApp` prints
 */
export function parseOptions<Name extends string, Flag extends string = never>(
  args: readonly string[],
  names: readonly Name[],
  flags: readonly Flag[] = [],
  about = '',
): Partial<Record<Name | Flag, string>> {
  const options: Partial<Record<Name | Flag, string>> = {};
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] as string;
    const equals = argument.indexOf('=');
    const flag = equals === -1 ? argument : argument.slice(0, equals);
    const lone = flags.find((known) => flag === `--${known}`);
    if (lone !== undefined) {
      if (equals !== -1) throw new UsageError(`${flag} takes no value`);
      options[lone] = '';
      continue;
    }
    const name = names.find((known) => flag === `--${known}`);
    if (argument === '--help' && name === undefined)
      throw new HelpWanted(usage(names, flags, about));
    if (name === undefined) throw new UsageError(`unknown argument '${argument}'`);
    const value = equals === -1 ? args[++at] : argument.slice(equals + 1);
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    options[name] = value;
  }
  return options;
}

function usage(names: readonly string[], flags: readonly string[], about: string): string {
  if (about !== '') return `${about}\n`;
  const lines = [...names.map((name) => `--${name} VALUE`), ...flags.map((flag) => `--${flag}`)];
  return `Options:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
