import { describeJail } from '../monitors/node/describe-jail.ts';
import { findKoffi } from '../native/koffi.ts';
import { syscallTable } from '../native/syscall-numbers.ts';

/** From package.json; the bundler defines it. */
declare const DOCTEUR_VERSION: string;

/** The versions of the tender and of its Node, and the transport of the default sandbox on this machine. */
export function versionLine(): string {
  const version = typeof DOCTEUR_VERSION === 'string' ? DOCTEUR_VERSION : 'from source';
  const native =
    process.platform === 'linux' &&
    syscallTable() !== undefined &&
    findKoffi(import.meta.url).length > 0;
  const transport = native ? 'shared memory' : 'messages (no koffi here: no strict sandbox)';
  return `tender ${version} (Node ${process.versions.node}, transport: ${transport})`;
}

/** What `--version` prints: that line, and which walls of the strict sandbox stand on this machine. */
export function versionText(): string {
  return `${[versionLine(), ...describeJail()].join('\n')}\n`;
}
