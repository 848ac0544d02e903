import { refuseOthers } from '../../other-formats.ts';
import type { Range } from '../range.ts';
import type { RemoteSource } from '../remote-source.ts';
import { parseAddress } from './address.ts';
import { HttpClient } from './http-client.ts';
import type { HttpLimits } from './limits.ts';

/**
 * Opens an image on a web server; only what is read of it travels. The version that the first answer names is the
 * only one that is ever read: a change is a {@link HostError}.
 * @param text https: or http:, with the login, if any
 * @throws {HostError} (rejects) where the server cannot be reached, or does not what is needed
 */
export async function openHttpSource(text: string, limits: HttpLimits): Promise<RemoteSource> {
  const { shown, ...place } = parseAddress(text);
  const client = new HttpClient({ ...place, shown }, limits);
  try {
    // The first request tells the size too: signed addresses are for one method, and know no HEAD.
    const head = await client.read({ start: 0, end: limits.line });
    refuseOthers(shown, head);
    const read = async ({ start, end }: Range) =>
      end <= head.length ? head.slice(start, end) : client.read({ start, end });
    return { shown, size: client.size ?? 0, read, close: () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}
