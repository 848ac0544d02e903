import type { MountOptions } from '#reader';
import { openFileDisk } from '../../guest/host/file-disk.ts';
import { type OpenedImage, openImageBytes } from '../../guest/host/open-image-file.ts';
import { parseImageAddress } from '../../tender/block/remote/image-address.ts';
import type { RemoteOptions } from '../../tender/block/remote/open-image-device.ts';
import { type FileSource, openFileSource, refuseStdin } from '../files/file-source.ts';
import { openRemoteBytes } from './remote-bytes.ts';

/** What tools are given as an image: a path, or an address. */
export interface ImagePlace {
  readonly address: string;
  /** For images that are elsewhere. */
  readonly remote?: RemoteOptions | undefined;
}

/** An image that was opened by its place. */
export interface PlacedImage extends OpenedImage {
  /** Bytes. */
  readonly size: number;
}

function place(address: string) {
  refuseStdin(address);
  return parseImageAddress(address);
}

/**
 * Opens an image wherever it is, by its files.
 * @throws ToolError, DiskError, FormatError, OptionError
 */
export function openImage(
  { address, remote = {} }: ImagePlace,
  options: MountOptions = {},
): PlacedImage {
  const at = place(address);
  if (at.kind === 'file') {
    const disk = openFileDisk(at.path);
    return { ...openImageBytes(disk, at.path, options), size: disk.size };
  }
  const bytes = openRemoteBytes(at, remote);
  return { ...openImageBytes(bytes, bytes.shown, options), size: bytes.size };
}

/** Opens an image wherever it is, by its bytes. @throws ToolError */
export function openImageSource({ address, remote = {} }: ImagePlace): FileSource {
  const at = place(address);
  return at.kind === 'file' ? openFileSource(at.path) : openRemoteBytes(at, remote);
}

/** The path of an image that is a file of this machine; undefined where it is elsewhere. */
export function filePathOf({ address }: ImagePlace): string | undefined {
  const at = place(address);
  return at.kind === 'file' ? at.path : undefined;
}
