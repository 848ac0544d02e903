import { isUtf8 } from 'node:buffer';
import { MAX_OCTAL, splitPath, TARGET_SIZE, type TarHeader } from './header.ts';

/**
 * The records of a pax header (POSIX.1-2001) for what does not fit into a plain one; empty where all does.
 * Names that are not UTF-8 are said to be bytes.
 */
export function paxRecords({ path, size, time, target }: TarHeader): Uint8Array {
  const records: Uint8Array[] = [];
  const long = splitPath(path) === undefined;
  const longTarget = target.length > TARGET_SIZE;
  if ((long && !isUtf8(path)) || (longTarget && !isUtf8(target))) {
    records.push(paxRecord('hdrcharset', Buffer.from('BINARY')));
  }
  if (time > MAX_OCTAL || time < 0) records.push(paxRecord('mtime', Buffer.from(`${time}`)));
  if (long) records.push(paxRecord('path', path));
  if (longTarget) records.push(paxRecord('linkpath', target));
  if (size > MAX_OCTAL) records.push(paxRecord('size', Buffer.from(`${size}`)));
  return Buffer.concat(records);
}

/** `LENGTH KEY=VALUE\n`, whose length counts its own digits. */
export function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = key.length + value.length + 3;
  let length = rest + `${rest}`.length;
  if (`${length}`.length + rest !== length) length = rest + `${length}`.length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}
