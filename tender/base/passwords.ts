/** `scheme://user:password@`, as far as anything of it may be the password; a port is none. */
const PASSWORD = /([a-z][a-z0-9+.-]*:\/+[^/?#:@]*):(?!\d+(?:[/?#]|$)).*@/is;

/** A query, which may be a signature. */
const QUERY = /(https?:\/\/[^?#\s]*\?)[^\s]+/i;

/** An argument of a command line without the password, or the signature, that it may hold. */
export function hidePassword(argument: string): string {
  return argument.replace(PASSWORD, '$1@').replace(QUERY, '$1...');
}

/** A text that may quote arguments of a command line, without their passwords. */
export function hidePasswordsOf(args: readonly string[], text: string): string {
  return args.reduce(
    (hidden, argument) => hidden.replaceAll(argument, () => hidePassword(argument)),
    text,
  );
}
