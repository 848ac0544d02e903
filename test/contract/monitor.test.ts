import { accessSync, constants, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { emitContractGuest } from '../fixtures/elf/contract-guest.ts';
import type { Target } from '../fixtures/elf/guest-code.ts';
import { buildGuest, scratchFolder } from '../fixtures/tender.ts';
import { testMonitor } from './monitor.ts';

const folder = scratchFolder((clean) => t.teardown(clean));
const DISKS = [
  { name: 'disk', type: 'BLOCK_BASIC' },
  { name: 'other', type: 'BLOCK_BASIC' },
] as const;
const noUnikernels = process.arch !== 'x64' && 'unikernels need a machine of x86_64';

function whyNoKvm(): string | false {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return (error as Error).message;
  }
}

let emitted = 0;
function emit(target: Target) {
  return (actions: readonly string[]) => {
    const path = join(folder, `guest-${emitted++}.${target}`);
    writeFileSync(path, emitContractGuest(target, DISKS, actions));
    return [path];
  };
}

t.test('scripts', async (t) => {
  const script = await buildGuest('contract', folder);
  const guest = (actions: readonly string[]) => [script, ...actions];
  testMonitor(t, folder, { options: [], guest, endsAtFailure: true });
});

t.test('unikernels for spt', { skip: noUnikernels }, async (t) => {
  testMonitor(t, folder, {
    options: ['--mem=4'],
    guest: emit('spt'),
    badRequest: 159,
    endsAtFailure: false,
  });
});

t.test('unikernels for hvt, as processes', { skip: noUnikernels }, async (t) => {
  testMonitor(t, folder, {
    options: ['--mem=4', '--hvt=process'],
    setting: { hvt: 'process' },
    guest: emit('hvt'),
    endsAtFailure: true,
  });
});

t.test('unikernels for hvt, on KVM', { skip: noUnikernels || whyNoKvm() }, async (t) => {
  testMonitor(t, folder, {
    options: ['--mem=4', '--hvt=kvm'],
    setting: { hvt: 'kvm' },
    guest: emit('hvt'),
    endsAtFailure: true,
  });
});
