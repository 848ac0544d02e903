import type { ManifestDevice } from '#abi';
import { optionValue, parseAssignment } from '../../base/args.ts';
import { TenderError, UsageError } from '../../base/errors.ts';
import type { NetDevice } from '../../net/net-device.ts';
import { openNetDevice, parseMac } from '../../net/open-net-device.ts';
import type { DeviceOptions } from '../kind.ts';
import { createNet } from './create-net.ts';

/** The options of network devices, for `--help`. */
export const USAGE = `  --net:NAME=IFACE            attach the tap IFACE, or the inherited descriptor @FD, as the network
                              device NAME (unikernels only)
  --net-mac:NAME=MAC          the guest's address on it (default: one that is made up)
`;

/**
 * The options of network devices. They are checked as they come, so the first wrong one is the one named.
 * @param declared the guest's devices: options for others are refused
 */
export function createNetOptions(declared: readonly ManifestDevice[]): DeviceOptions {
  const attached = new Map<string, NetDevice>();
  const macs = new Map<string, Uint8Array>();

  function cut(option: string, assignment: string): [name: string, value: string] {
    const [name, value] = parseAssignment(option, assignment);
    if (!declared.some((device) => device.name === name && device.type === 'NET_BASIC')) {
      throw new TenderError(`Resource not declared in manifest: '${name}'`);
    }
    return [name, value];
  }

  return {
    handleArg(option) {
      const net = optionValue(option, '--net:');
      const mac = optionValue(option, '--net-mac:');
      if (net !== undefined) {
        const [name, value] = cut(option, net);
        if (attached.has(name)) {
          throw new TenderError(`Device '${name}' is attached twice: leave one out`);
        }
        attached.set(name, openNetDevice(value));
      } else if (mac !== undefined) {
        const [name, value] = cut(option, mac);
        const address = parseMac(value);
        if (address === undefined) throw new UsageError(`Invalid option: '${option}'`);
        macs.set(name, address);
      } else return false;
      return true;
    },
    setup() {
      const devices = [...attached].map(([name, device]) =>
        createNet(name, { ...device, mac: macs.get(name) ?? device.mac }),
      );
      attached.clear();
      return devices;
    },
    close() {
      for (const device of attached.values()) device.close();
      attached.clear();
    },
  };
}
