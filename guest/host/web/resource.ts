import type { TreeNode } from '../../reader/index.ts';
import type { Part, Validators } from './conditions.ts';
import type { Coding } from './encodings.ts';
import type { ReadBody, SiteHeaders } from './site-response.ts';

/** A file as it is sent in one coding, with the headers of the answer that has all of it. */
export interface Representation {
  /** None for the file as it is. */
  readonly coding: Coding | undefined;
  readonly headers: SiteHeaders;
  readonly body: ReadBody;
}

/** A file that an address leads to. */
export interface Resource {
  readonly path: string;
  readonly size: number;
  /** Of the file as it is; a client may ask with the tag of any coding. */
  readonly validators: Validators;
  etags(): readonly string[];
  readonly plain: Representation;
  /** In other codings, what the site prefers first; found when it is asked for. */
  coded(): readonly Representation[];
  part(part: Part): ReadBody;
}

/** A sibling that holds the same as a file, compressed by whoever built the site. */
export interface Sibling {
  readonly coding: Coding;
  readonly node: TreeNode;
}
