import { fileURLToPath, pathToFileURL } from 'node:url';
import { TenderError } from '../../base/errors.ts';

/** Where an image is that is not a file of this machine. */
export interface RemoteAddress {
  readonly kind: 'http' | 'nbd' | 'qemu';
  /** May hold a login, or a signature: it is not for messages. */
  readonly text: string;
}

/** Where an image is, by what a command line says. */
export type ImageAddress = { readonly kind: 'file'; readonly path: string } | RemoteAddress;

const REMOTE: readonly [kind: RemoteAddress['kind'], begins: RegExp][] = [
  ['http', /^https?:\/\//i],
  ['nbd', /^nbds?(?:\+unix)?:\/\//i],
  ['qemu', /^qemu:/i],
];

/**
 * Reads the address of an image: `https:`, `http:`, `nbd:`, `nbds:`, `nbd+unix:`, `nbds+unix:`, `qemu:` and
 * `file:`; all else is a path. A file whose name looks like an address is `./` and its name.
 * @throws {TenderError} for a `file:` that names no file of this machine
 */
export function parseImageAddress(text: string): ImageAddress {
  for (const [kind, begins] of REMOTE) if (begins.test(text)) return { kind, text };
  if (!/^file:/i.test(text)) return { kind: 'file', path: text };
  try {
    const url = new URL(text, pathToFileURL(`${process.cwd()}/`));
    if (url.hostname === 'localhost') url.hostname = '';
    // A name may hold these as %3F and %23.
    if (url.search !== '' || url.hash !== '') throw new Error('it has a query or a fragment');
    const path = fileURLToPath(url);
    if (path.includes('\0')) throw new Error('no path has a NUL');
    return { kind: 'file', path };
  } catch {
    throw new TenderError(`${text}: not the address of a file of this machine: file:///PATH`);
  }
}

/** Whether an image is to be fetched from elsewhere, by what a command line says. */
export function isRemote(text: string): boolean {
  return REMOTE.some(([, begins]) => begins.test(text));
}
