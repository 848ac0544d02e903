import type { Sandbox } from './boot.ts';

/** Versions before it know the permission model as experimental only. */
function permissionFlag(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13) ? '--permission' : '--experimental-permission';
}

/**
 * The arguments of Node for the guest's process.
 * @param memory of the guest, in MiB: bounds the JavaScript heap
 */
export function nodeFlags(runtime: string, memory: number, sandbox: Sandbox): string[] {
  const flags = [`--max-old-space-size=${memory}`, '--no-warnings'];
  if (sandbox !== 'none') {
    flags.push(permissionFlag(process.versions.node), `--allow-fs-read=${runtime}`);
  }
  // The strict jail is installed through koffi, an add-on; the runtime loads no other.
  if (sandbox === 'strict') flags.push('--allow-addons');
  return [...flags, runtime];
}
