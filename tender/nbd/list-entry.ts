import { encodeText } from './text.ts';

/** The data of a SERVER reply to LIST: an export's name, and a text for people. */
export function encodeListEntry(name: string, description: string): Buffer {
  return Buffer.concat([encodeText(name), Buffer.from(description)]);
}
