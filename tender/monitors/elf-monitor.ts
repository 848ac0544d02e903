import { TenderError } from '../base/errors.ts';
import type { ElfTarget } from '../guests/elf/abi-note.ts';
import type { ElfProgram } from '../guests/elf/elf-reader.ts';
import { runHvt } from './hvt/hvt-monitor.ts';
import type { GuestLaunch, Monitor, ProcessSetting, RunningGuest } from './monitor.ts';
import { runSpt } from './spt/spt-monitor.ts';

/**
 * Starts a unikernel, and closes devices and program at its end. If it throws, the caller closes them.
 * @throws {TenderError}
 */
type RunElf = (setting: ProcessSetting, launch: GuestLaunch<ElfProgram>) => RunningGuest;

const RUNNERS: Readonly<Record<ElfTarget, RunElf>> = { spt: runSpt, hvt: runHvt };

function run(setting: ProcessSetting, launch: GuestLaunch<ElfProgram>): RunningGuest {
  const { program, devices } = launch;
  try {
    return RUNNERS[program.target](setting, launch);
  } catch (error) {
    for (const device of devices) device.close();
    program.close();
    throw error;
  }
}

/** Runs unikernels. The target must be known first, so nothing is started ahead. */
export const elfMonitor: Monitor<ElfProgram> = {
  warmUp(setting) {
    const { sandbox } = setting;
    if (sandbox !== 'strict') {
      throw new TenderError(
        `--sandbox=${sandbox} is for JavaScript guests: unikernels are always confined by the kernel`,
      );
    }
    return { run: (launch) => run(setting, launch), abandon() {} };
  },
};
