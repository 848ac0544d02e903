import { Option } from 'commander';

/** A word of a command line that is no option: `<image>`, `[path...]`. */
interface Operand {
  /** In angle brackets where it is required, in square ones where not; dots mean any number. */
  readonly name: string;
  readonly text: string;
}

/** An example of a command line, and what it does where that needs words. */
type Example = readonly [line: string, text?: string];

/** What a command gets from whoever runs it. */
interface Invocation<Options> {
  /** How it was called: `docteur ls`, `docteur.make`. It stands before each message. */
  readonly name: string;
  readonly operands: readonly string[];
  readonly options: Options;
  /** Every command, for those that explain them. */
  readonly commands: readonly CommandEntry[];
  /** Writes one line to stderr: control characters in `text` are shown, not sent. */
  say(text: string): void;
}

/**
 * A command, declared once: its help, its man page, its completions and the parsing of its command line
 * are made of this.
 */
export interface CommandDeclaration<Options = never> {
  /** The usage after the command's name, if options and operands do not say it. */
  readonly usage?: string;
  readonly operands?: readonly Operand[];
  readonly options?: readonly Option[];
  /** Paragraphs for whoever asks for help. */
  readonly details?: string;
  /** Command lines, without the command's own name at their start. */
  readonly examples?: readonly Example[];
  /** Exit codes beside the common ones of {@link EXIT_CODES}, or instead of them. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** The exit code of a failure that has no code of its own; 1 if absent. */
  readonly failure?: number;
  /** @returns the exit status; nothing means 0 */
  run(invocation: Invocation<Options>): Promise<number> | Promise<void>;
}

/** A command that parses its own command line and writes its own help. */
export interface RawCommand {
  /** The help, as text: its lines `  --option  words` are the options. */
  help(): Promise<string>;
  /** Runs with the arguments after the command's name, and ends the process itself. */
  runRaw(args: readonly string[]): Promise<void>;
}

/** A command in the list; its code is loaded when it is run or explained. */
export interface CommandEntry {
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  load(): Promise<CommandDeclaration | RawCommand>;
}

/** Parses the value of an option. `before` is what earlier ones gave, where it may be repeated. */
type ParseValue = (text: string, before: never) => unknown;

/**
 * An option, in commander's words: `-b, --branch <rev>`. Further traits (choices, conflicts, a default
 * that is described) are commander's methods on what this gives.
 */
export function option(
  flags: string,
  text: string,
  parse?: ParseValue,
  defaultValue?: unknown,
): Option {
  const made = new Option(flags, text);
  if (parse !== undefined) made.argParser(parse as (text: string, before: unknown) => unknown);
  if (defaultValue !== undefined) made.default(defaultValue);
  return made;
}
