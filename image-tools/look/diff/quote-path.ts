const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** A path as git writes it in a patch: in quotes, as C has them, where a byte is not plain ASCII. */
export function quotePath(path: Uint8Array): string {
  let text = '';
  let plain = true;
  for (const byte of path) {
    const escaped = ESCAPES[byte];
    if (escaped !== undefined) text += escaped;
    else if (byte < 0x20 || byte >= 0x7f) text += `\\${byte.toString(8).padStart(3, '0')}`;
    else {
      text += String.fromCharCode(byte);
      continue;
    }
    plain = false;
  }
  return plain ? text : `"${text}"`;
}
