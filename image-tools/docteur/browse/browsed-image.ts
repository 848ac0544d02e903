import { basename } from 'node:path';
import { ToolError } from '../../base/errors.ts';
import { mapReport } from './map-report.ts';

/** An image that is to be looked at. */
export type BrowsedImage =
  | { readonly kind: 'file'; readonly name: string; readonly path: string }
  | { readonly kind: 'url'; readonly name: string; readonly url: URL };

/** What the page is told of the images: `docteur.json`. */
export interface PageConfig {
  readonly images: readonly {
    readonly name: string;
    /** From the page's own address, or whole. */
    readonly url: string;
    /** Where the report is of where the bytes went. */
    readonly map?: string;
  }[];
}

/** What a command line names. @throws ToolError USAGE */
export function browsedImage(operand: string): BrowsedImage {
  if (!/^https?:\/\//i.test(operand)) {
    return { kind: 'file', name: basename(operand), path: operand };
  }
  const url = URL.parse(operand);
  if (url === null) throw new ToolError('USAGE', `${operand}: not an address`);
  if (url.username !== '' || url.password !== '') {
    throw new ToolError(
      'USAGE',
      'the address of an image must not have a login: browsers refuse it',
    );
  }
  url.hash = '';
  return { kind: 'url', name: nameOf(url), url };
}

/** The report of an image's file, as JSON. @throws ToolError, FormatError */
export async function mapOf({ path }: { readonly path: string }): Promise<string> {
  return JSON.stringify(await mapReport(path));
}

function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split('/').at(-1) || hostname;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
