import { describeJail } from '../monitors/node/describe-jail.ts';
import { findKoffi } from '../native/koffi.ts';
import { syscallTable } from '../native/syscall-numbers.ts';

/** Put in by the bundler, from package.json. */
declare const DOCTEUR_VERSION: string;

/** The tender's version, its Node's, and the transport that the default sandbox uses here. */
export function versionLine(): string {
  const version = typeof DOCTEUR_VERSION === 'string' ? DOCTEUR_VERSION : 'from source';
  const native =
    process.platform === 'linux' &&
    syscallTable() !== undefined &&
    findKoffi(import.meta.url).length > 0;
  const transport = native ? 'shared memory' : 'messages (no koffi here: no strict sandbox)';
  return `tender ${version} (Node ${process.versions.node}, transport: ${transport})`;
}

/** What `--version` prints: that, and the walls of the strict sandbox here, tried out. */
export function versionText(): string {
  return `${[versionLine(), ...describeJail()].join('\n')}\n`;
}
