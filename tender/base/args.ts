import { UsageError } from './errors.ts';

/** A command line, divided into the tender's options and the guest's arguments. */
export interface CommandLine {
  /** What stands before the guest, in order; not checked yet. */
  readonly options: readonly string[];
  /** The guest's file, undefined where none is named. */
  readonly guest: string | undefined;
  /** The arguments after the guest's file, which go to the guest. */
  readonly guestArguments: readonly string[];
}

/**
 * Finds the guest first: the argument after `--`, or the first one without a leading `-`. Only
 * what stands before it is the tender's.
 */
export function splitCommandLine(argv: readonly string[]): CommandLine {
  const first = argv.findIndex((argument) => argument === '--' || !argument.startsWith('-'));
  if (first < 0) return { options: argv, guest: undefined, guestArguments: [] };
  const options = argv.slice(0, first);
  const rest = argv.slice(argv[first] === '--' ? first + 1 : first);
  return { options, guest: rest[0], guestArguments: rest.slice(1) };
}

/** A decimal number without sign, blanks or anything after it; undefined for all else. */
export function parseDecimal(text: string): number | undefined {
  if (!/^[0-9]{1,15}$/.test(text)) return undefined;
  return Number(text);
}

/** Cuts `NAME=VALUE`; the value may hold anything, further `=` and spaces too. @throws {UsageError} */
export function parseAssignment(option: string, text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 1 || equals === text.length - 1) {
    throw new UsageError(`Invalid option: '${option}'`);
  }
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The value of `option` if it begins with `prefix`, otherwise undefined. */
export function optionValue(option: string, prefix: string): string | undefined {
  return option.startsWith(prefix) ? option.slice(prefix.length) : undefined;
}
