import { closeSync } from 'node:fs';
import { TenderError } from '../../base/errors.ts';
import { openImage } from '../../block/open-image.ts';
import { parseImageAddress, type RemoteAddress } from '../../block/remote/image-address.ts';
import type { RemoteOptions } from '../../block/remote/open-image-device.ts';
import { startFetcher } from '../../fetcher/start-fetcher.ts';
import type { Libc } from '../../native/libc.ts';

/** What a machine is given. */
export interface MachineImageOptions {
  /** A path, or an address. */
  readonly path: string;
  /** How an image elsewhere is fetched. */
  readonly remote?: RemoteOptions | undefined;
  /** Bytes that an image elsewhere had when it was looked at. */
  readonly size: number;
}

/** An image from which processes that serve machines read, one after another. */
export interface MachineImage {
  /** For messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly isFetched: boolean;
  /**
   * What a new process is to read it from: `give` is called with a descriptor, which is closed behind it, if it is
   * that process's alone.
   * @throws {TenderError} (rejects) where the image cannot be had, or is another one by now
   */
  lend<Result>(give: (fd: number) => Result): Promise<Result>;
  close(): void;
}

function openFile(path: string): MachineImage {
  const { fd, size } = openImage(path, false);
  return {
    name: path,
    size,
    isFetched: false,
    lend: async (give) => give(fd),
    close: () => closeSync(fd),
  };
}

function openElsewhere(
  libc: Libc,
  koffi: readonly string[],
  address: RemoteAddress,
  { path, remote = {}, size }: MachineImageOptions,
): MachineImage {
  /** Of the version that the first process was given; the same address, again, is not the same image. */
  let version: string | undefined;
  return {
    name: path,
    size,
    isFetched: true,
    async lend(give) {
      const fetcher = await startFetcher(libc, { koffi, address, options: remote });
      try {
        version ??= fetcher.version;
        if (fetcher.size !== size || fetcher.version !== version) {
          fetcher.kill();
          throw new TenderError(
            `${fetcher.shown}: the image has changed; it is not served before SIGHUP`,
          );
        }
        return give(fetcher.fd);
      } finally {
        // The device's process has its own: its end is the fetcher's.
        closeSync(fetcher.fd);
      }
    },
    close() {},
  };
}

/**
 * Opens an image for machines. One elsewhere is fetched by a process of its own for each that serves.
 * @throws {TenderError}
 */
export function openMachineImage(
  libc: Libc,
  koffi: readonly string[],
  options: MachineImageOptions,
): MachineImage {
  const address = parseImageAddress(options.path);
  return address.kind === 'file'
    ? openFile(address.path)
    : openElsewhere(libc, koffi, address, options);
}
