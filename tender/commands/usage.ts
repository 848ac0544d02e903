import { DEVICE_KINDS } from '../devices/index.ts';
import { CORE_USAGE } from './core-options.ts';

/** What `--help` prints. */
export function usage(): string {
  return `usage: tender [ OPTIONS ] [ -- ] GUEST [ ARGUMENTS ]

Runs GUEST, a JavaScript guest, in a sandbox with the devices that its manifest declares.
Arguments after GUEST go to the guest.

options:
${DEVICE_KINDS.map(({ usage }) => usage).join('')}${CORE_USAGE}
The guest arguments --solo5:quiet|error|warn|info|debug set how much the tender prints on stderr;
they come before all others. stdout carries only the guest's console.

exit status: the guest's own; 255 the guest aborted, 128+n it was killed by signal n,
1 tender error, 64 wrong usage
`;
}
