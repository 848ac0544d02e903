/** Arguments that an app does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads arguments of the forms `--name value` and `--name=value`; the last of a name counts. Only
 * `names`, which all take a value, and `flags` are known: a flag stands alone and gives empty text.
 * @throws UsageError
 */
export function parseOptions<Name extends string, Flag extends string = never>(
  args: readonly string[],
  names: readonly Name[],
  flags: readonly Flag[] = [],
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
    if (name === undefined) throw new UsageError(`unknown argument '${argument}'`);
    const value = equals === -1 ? args[++at] : argument.slice(equals + 1);
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    options[name] = value;
  }
  return options;
}
