import type { Chain, Written } from '../../virtio/device.ts';
import { type BlockOutcome, executeBlockOperation, type NamedDevice } from './executor.ts';
import { parseBlockRequest } from './request.ts';

/** Carries out the request that a chain holds; see {@link Device.serve}. */
export function serveBlock(device: NamedDevice, chain: Chain): Written | Promise<Written> {
  const request = parseBlockRequest(chain);
  // The data are at the front of the writable space, the status is its last byte.
  function answer({ status, written }: BlockOutcome): Written {
    request.status[0] = status;
    return { front: written, back: 1 };
  }
  const outcome = executeBlockOperation(device, request);
  return outcome instanceof Promise ? outcome.then(answer) : answer(outcome);
}
