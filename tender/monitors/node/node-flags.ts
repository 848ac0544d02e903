import { dirname } from 'node:path';
import type { ProcessSetting } from '../monitor.ts';

/** The share of a guest's memory for young objects, and its limits in MiB. */
const YOUNG_SHARE = 1 / 32;
const MIN_YOUNG = 1;
const MAX_YOUNG = 16;

function isAtLeast(version: string, ofMajor: number, ofMinor: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // Node 23 never counts: it ended before it had all that 22 got later.
  return major > 23 || (major === ofMajor && minor >= ofMinor);
}

/**
 * The arguments of Node for the guest's process.
 * @param runtime the runtime's program, in a folder with its bundle and nothing else
 * @param setting its memory, in MiB, bounds the JavaScript heap
 */
export function nodeFlags(
  runtime: string,
  { memory, sandbox }: Pick<ProcessSetting, 'memory' | 'sandbox'>,
): string[] {
  // --no-rehash-snapshot would save 2 ms, but whoever makes an image could predict the hashes. A start from a
  // snapshot of our own (--build-snapshot) takes 8 ms longer than one from Node's.
  // --wasm-tiering-budget: with a tenth, compiling takes more than it saves; with three times as much,
  // the device has the second core for itself and an eager boot is 1 ms shorter, but every start 4 ms
  // longer: Node's own compiled code is for the usual flags.
  // One thread for compiling and garbage besides the guest's own, not four: with few cores they compete with
  // the device. An eager boot takes 5 % less time, reading every file 2 % less.
  const flags = [`--max-old-space-size=${memory}`, '--no-warnings', '--v8-pool-size=1'];
  // Young objects take up to three times this, much of a small guest's memory. V8's default is 16.
  const young = Math.max(MIN_YOUNG, Math.floor(memory * YOUNG_SHARE));
  if (young < MAX_YOUNG) flags.push(`--max-semi-space-size=${young}`);
  // The runtime replaces Node's hooks that would see a guest's objects.
  flags.push('--expose-internals');
  // Otherwise a signal opens a debugger. The runtime handles the signal in Nodes without this flag.
  if (isAtLeast(process.versions.node, 22, 14)) flags.push('--disable-sigusr1');
  if (sandbox !== 'none') {
    // In older versions the permission model is experimental.
    const stable = isAtLeast(process.versions.node, 22, 13);
    flags.push(stable ? '--permission' : '--experimental-permission');
    flags.push(`--allow-fs-read=${dirname(runtime)}`);
  }
  // The strict jail is installed through koffi, an add-on; the runtime loads no other.
  if (sandbox === 'strict') flags.push('--allow-addons');
  return [...flags, runtime];
}
