import { oidToHex } from '#format';
import { describeSystemError, ToolError } from '../base/errors.ts';
import type { ObjectList } from '../source/objects.ts';

/** The source differs from what was hashed: a file changed, or vanished. */
export class ContentChangedError extends ToolError {
  /** The path that changed; the object's id if it has none. */
  readonly path: string;
  readonly row: number;

  constructor(objects: ObjectList, row: number, cause?: unknown) {
    const hint = objects.hintOf(row);
    const root = objects.root.length === 0 ? [] : [objects.root, Buffer.from('/')];
    const path =
      hint.length === 0 ? oidToHex(objects.oidOf(row)) : Buffer.concat([...root, hint]).toString();
    const reason = cause === undefined ? 'changed while it was packed' : describeSystemError(cause);
    super('CHANGED', `${path}: ${reason}`, cause);
    this.path = path;
    this.row = row;
  }
}
