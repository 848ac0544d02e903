/** Control characters, and those that turn the direction of the text behind them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** `scheme://user:password@`, as far as anything of it may be the password; a port is none. */
const PASSWORD = /([a-z][a-z0-9+.-]*:\/+[^/?#:@]*):(?!\d+(?:[/?#]|$)).*@/is;

/**
 * A message as one line that does nothing but stand there: names of files, and what a server says,
 * could otherwise break it or command the terminal. Unprintable characters become `\n` or `\u{1b}`.
 */
export function toOneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (character === '\n') return '\\n';
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

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
