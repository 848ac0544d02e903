import { DEFAULT_MEMORY } from '#abi';
import { optionValue, parseDecimal } from '../base/args.ts';
import { TenderError, UsageError } from '../base/errors.ts';
import type { HvtEngine, Sandbox } from '../monitors/sandbox.ts';

/** A year. */
const MAX_CPU_SECONDS = 366 * 24 * 3600;

const HVT_ENGINES: readonly HvtEngine[] = ['auto', 'kvm', 'process'];
const SANDBOXES: readonly Sandbox[] = ['strict', 'portable', 'none'];

/** Warnings for the weaker sandboxes, printed at each run. */
export const SANDBOX_WARNINGS: Partial<Record<Sandbox, string>> = {
  portable:
    "--sandbox=portable is for guests that you trust: only the language and Node's permissions confine " +
    'them; a guest that breaks out can use the network, the CPU and your memory',
  none: '--sandbox=none is for debugging: a guest that breaks out of its language can do anything that you can',
};

/** The options that belong to no device, one a line, for `--help`. */
export const CORE_USAGE = `  --mem=MB                    memory of the guest in MiB (default ${DEFAULT_MEMORY})
  --cpu=SECONDS               processor time that the guest may use (default: no limit)
  --sandbox=KIND              what confines the guest: strict (the kernel; the default),
                              portable (Node only, for guests that you trust), none (for debugging)
  --no-code-cache             compile the guest anew, and keep nothing of it
  --hvt=ENGINE                what runs a unikernel for hvt: kvm, process, or auto (the default:
                              KVM where it runs guests, else a process)
  --dumpcore=DIR              where a unikernel for hvt aborts, write its memory and registers to
                              DIR/core.solo5-hvt.PID, for a debugger
  --timing                    print the phases of the run on stderr, as JSON
  --debug                     show the stack of an error
  --manifest                  print the guest's manifest; do not run it
  --help, --version           print this, or the version
`;

/** The options that belong to no device. */
export interface CoreOptions {
  /** MiB. */
  memory: number;
  /** 0 for no bound. */
  cpuSeconds: number;
  sandbox: Sandbox;
  codeCache: boolean;
  hvt: HvtEngine;
  dumpCore?: string;
  timing: boolean;
  debug: boolean;
}

/** The defaults of the command line. If one is unavailable, the tender refuses instead of choosing another. */
export function defaultOptions(): CoreOptions {
  return {
    memory: DEFAULT_MEMORY,
    cpuSeconds: 0,
    sandbox: 'strict',
    codeCache: true,
    hvt: 'auto',
    timing: false,
    debug: false,
  };
}

/** Takes a core option; false where it is not one. @throws {UsageError} */
export function handleCoreOption(option: string, options: CoreOptions): boolean {
  const memory = optionValue(option, '--mem=');
  const cpu = optionValue(option, '--cpu=');
  const sandbox = optionValue(option, '--sandbox=');
  const hvt = optionValue(option, '--hvt=');
  const dumpCore = optionValue(option, '--dumpcore=');
  if (memory !== undefined) {
    const value = parseDecimal(memory);
    if (value === undefined) throw new UsageError(`Invalid option: '${option}'`);
    options.memory = value;
  } else if (cpu !== undefined) {
    const value = parseDecimal(cpu);
    if (value === undefined) throw new UsageError(`Invalid option: '${option}'`);
    checkCpu(value);
    options.cpuSeconds = value;
  } else if (sandbox !== undefined) {
    const value = SANDBOXES.find((kind) => kind === sandbox);
    if (value === undefined) throw new UsageError(`Invalid option: '${option}'`);
    options.sandbox = value;
  } else if (hvt !== undefined) {
    const value = HVT_ENGINES.find((engine) => engine === hvt);
    if (value === undefined) throw new UsageError(`Invalid option: '${option}'`);
    options.hvt = value;
  } else if (dumpCore !== undefined) {
    if (dumpCore === '') throw new UsageError(`Invalid option: '${option}'`);
    options.dumpCore = dumpCore;
  } else if (option === '--no-code-cache') options.codeCache = false;
  else if (option === '--timing') options.timing = true;
  else if (option === '--debug') options.debug = true;
  else return false;
  return true;
}

/** Reads the core options before they are checked; ignores invalid and unknown ones. */
export function peekOptions(given: readonly string[]): CoreOptions {
  const options = defaultOptions();
  for (const option of given) {
    try {
      handleCoreOption(option, options);
    } catch {
      // It is reported when the options are checked.
    }
  }
  return options;
}

/** Refuses an invalid limit of processor time. @throws {TenderError} */
export function checkCpu(seconds: number): void {
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= MAX_CPU_SECONDS) return;
  throw new TenderError(
    `Processor time must be from 1 to ${MAX_CPU_SECONDS} whole seconds, not ${seconds} (--cpu)`,
  );
}

/** Refuses an unknown sandbox. @throws {TenderError} */
export function checkSandbox(sandbox: Sandbox): void {
  if (SANDBOXES.includes(sandbox)) return;
  throw new TenderError(`Sandbox must be one of ${SANDBOXES.join(', ')}, not '${sandbox}'`);
}

/** Refuses an unknown engine. @throws {TenderError} */
export function checkHvt(engine: HvtEngine): void {
  if (HVT_ENGINES.includes(engine)) return;
  throw new TenderError(`hvt must be one of ${HVT_ENGINES.join(', ')}, not '${engine}'`);
}
