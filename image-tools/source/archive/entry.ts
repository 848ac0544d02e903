import type { Readable } from 'node:stream';
import { ToolError } from '../../base/errors.ts';

/** What an archive holds at a path. All names are bytes, each as one character. */
export interface ArchiveEntry {
  readonly kind: 'file' | 'folder' | 'link' | 'hard link' | 'other';
  /** As in the archive, unchecked. */
  readonly name: string;
  readonly executable: boolean;
  /** The target of a link or hard link. */
  readonly target: string;
  /** Bytes of the content, as the archive says. */
  readonly size: number;
  /** For messages: the kind of an entry that is none of these. */
  readonly words?: string;
  /** The content of a file; to be read to its end before the next entry. */
  readonly content: Readable | undefined;
}

/** Longest path, in bytes: no system takes more. */
const MAX_PATH = 4096;

/**
 * The names on the way to an entry: without `.`, and slashes that say nothing.
 * @throws ToolError REFUSED for a path that leads elsewhere, or nowhere
 */
export function namesOf(name: string): string[] {
  if (name.startsWith('/')) throw refused(name, 'an absolute path');
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.includes('..')) throw refused(name, 'a path with .. in it');
  if (name.includes('\0')) throw refused(name, 'a path with a NUL in it');
  if (name.length > MAX_PATH) throw refused(`${name.slice(0, 40)}...`, 'a path too long');
  return names;
}

/** The error for an entry that is not taken. */
export function refused(name: string, reason: string): ToolError {
  return new ToolError('REFUSED', `${Buffer.from(name, 'latin1')}: ${reason}`);
}

/** The error for a library's complaint about an archive's bytes; `name` is the entry, if it is known. */
export function unsound(error: unknown, name?: string): ToolError {
  if (error instanceof ToolError) return error;
  const words = error instanceof Error ? error.message : String(error);
  const where = name === undefined ? '' : `${Buffer.from(name, 'latin1')}: `;
  return new ToolError('REFUSED', `${where}damaged archive: ${words}`, error);
}
