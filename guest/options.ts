/** Arguments that an app does not understand. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads arguments of the forms `--name value` and `--name=value`; the last of a name counts. Only
 * `names` are known, and every one of them takes a value.
 * @throws UsageError
 */
export function parseOptions<Name extends string>(
  args: readonly string[],
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const options: Partial<Record<Name, string>> = {};
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] as string;
    const equals = argument.indexOf('=');
    const flag = equals === -1 ? argument : argument.slice(0, equals);
    const name = names.find((known) => flag === `--${known}`);
    if (name === undefined) throw new UsageError(`unknown argument '${argument}'`);
    const value = equals === -1 ? args[++at] : argument.slice(equals + 1);
    if (value === undefined) throw new UsageError(`${flag} needs a value`);
    options[name] = value;
  }
  return options;
}
