import { splitCommandLine } from '../base/args.ts';

/** Options of a device, and options with a value, written as in other commands. */
const DEVICE_OPTION = /^(--(?:block|block-writable|block-sector-size|net|net-mac))(?:=(.+))?$/;
const VALUE_OPTION = /^--(?:mem|sandbox|cpu|hvt)$/;
const TENDER_OPTION = /^--(?:block|net|mem=|sandbox=|hvt=)/;

/**
 * What to write instead of a command line that was refused, if it is one of the usual mistakes.
 * @param argv behind the program's name
 */
export function findHint(argv: readonly string[]): string | undefined {
  const { options, guest, guestArguments } = splitCommandLine(argv);
  for (const option of options) {
    const [, name, value] = DEVICE_OPTION.exec(option) ?? [];
    if (name !== undefined) {
      // The option has no value of its own, so the next argument was taken for the guest.
      const meant = value ?? (guest?.includes('=') ? guest : 'NAME=PATH');
      return `write ${name}:${meant}, as one word`;
    }
    if (VALUE_OPTION.test(option)) return `write ${option}=${guest ?? 'VALUE'}, as one word`;
    const [, before, path] = /^(--[^=]+=)~(\/.*)$/s.exec(option) ?? [];
    if (path !== undefined)
      return `the shell does not expand ~ there: write ${before}"$HOME"${path}`;
  }
  const misplaced = guestArguments.find((argument) => TENDER_OPTION.test(argument));
  if (misplaced === undefined) return undefined;
  return `options of the tender go before the guest: tender ${misplaced} -- ${guest} ...`;
}
