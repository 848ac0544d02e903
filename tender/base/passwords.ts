/** `scheme://user:password@`, as far as anything of it may be the password; a port is none. */
const PASSWORD = /([a-z][a-z0-9+.-]*:\/+[^/?#:@]*):(?!\d+(?:[/?#]|$)).*@/is;

/** An argument of a command line without the password that it may hold. */
export function hidePassword(argument: string): string {
  return argument.replace(PASSWORD, '$1@');
}

/** A text that may quote arguments of a command line, without their passwords. */
export function hidePasswordsOf(args: readonly string[], text: string): string {
  return args.reduce(
    (hidden, argument) => hidden.replaceAll(argument, () => hidePassword(argument)),
    text,
  );
}
