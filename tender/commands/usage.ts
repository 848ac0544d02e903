import { DEVICE_KINDS } from '../devices/index.ts';
import { CORE_USAGE } from './core-options.ts';

/** What `--help` prints. */
export function usage(): string {
  return `usage: tender [ OPTIONS ] [ -- ] GUEST [ ARGUMENTS ]

Runs GUEST, a JavaScript guest, in a sandbox with the devices that its manifest declares.
Everything behind GUEST belongs to the guest.

options:
${DEVICE_KINDS.map(({ usage }) => usage).join('')}${CORE_USAGE}
guest arguments --solo5:quiet|error|warn|info|debug, before all others, set how much the tender
says on stderr; stdout is the guest's console alone.

exit status: the guest's own; 255 abort, 128+n death by signal n, 1 tender errors, 64 bad usage
`;
}
