import type { Duplex } from 'node:stream';
import { cleanText } from '../../../base/clean-text.ts';
import { HostError } from '../../../base/errors.ts';
import { decodeBlockSizes } from '../../../nbd/block-size-info.ts';
import { decodeExportInfo, type ExportInfo } from '../../../nbd/export-info.ts';
import { decodeExportNameReply, exportNameReplyBytes } from '../../../nbd/export-name-reply.ts';
import { decodeGreeting, encodeClientFlags, GREETING_BYTES } from '../../../nbd/greeting.ts';
import { encodeInfoRequest } from '../../../nbd/info-request.ts';
import { Info, MAX_PAYLOAD, Option, OptionReply } from '../../../nbd/numbers.ts';
import { decodeOptionReply, OPTION_REPLY_BYTES } from '../../../nbd/option-reply.ts';
import { encodeOptionRequest } from '../../../nbd/option-request.ts';
import type { StreamReader } from './stream-reader.ts';

/** What an export is, as the server says. */
export interface NbdExport {
  /** Bytes. */
  readonly size: number;
  /** Offsets and lengths of requests are multiples of it, in bytes. */
  readonly minimum: number;
  /** Most bytes of one request. */
  readonly maximum: number;
}

/** Bytes of the data of a reply at most: names and texts have 4096. */
const MOST_DATA = 8192;
/** Replies to one option at most. */
const MOST_REPLIES = 64;

/** Both ends of a connection. */
export interface Wire {
  readonly stream: Duplex;
  readonly reader: StreamReader;
  readonly shown: string;
}

interface Reply {
  readonly type: number;
  readonly data: Buffer;
}

/** @throws {HostError} (rejects) where the server speaks something else */
export async function readGreeting({
  stream,
  reader,
  shown,
}: Wire): Promise<{ noZeroes: boolean }> {
  const greeting = decodeGreeting(await reader.read(GREETING_BYTES));
  if (greeting === undefined) {
    throw new HostError(
      `${shown}: The server does not speak NBD, or only a dialect without options`,
    );
  }
  stream.write(encodeClientFlags(greeting));
  return greeting;
}

async function readReply({ reader, shown }: Wire, option: number): Promise<Reply> {
  const head = decodeOptionReply(await reader.read(OPTION_REPLY_BYTES));
  if (head === undefined) throw new HostError(`${shown}: The server sent no reply of NBD`);
  if (head.option !== option) {
    throw new HostError(`${shown}: The server replies to option ${head.option}, not to ${option}`);
  }
  if (head.length > MOST_DATA) {
    throw new HostError(`${shown}: The server announces a reply of ${head.length} bytes`);
  }
  return { type: head.type, data: await reader.read(head.length) };
}

const REASONS: Readonly<Record<number, string>> = {
  [OptionReply.ERR_UNKNOWN]: 'The server has no export of this name',
  [OptionReply.ERR_TLS_REQD]: 'The server wants TLS: write nbds: for nbd:',
  [OptionReply.ERR_POLICY]: 'The server refuses this client',
};

function refusal({ shown }: Wire, { type, data }: Reply): HostError {
  const reason = REASONS[type] ?? `The server refuses (error ${type & 0x7fff_ffff})`;
  const words = cleanText(data.toString());
  return new HostError(`${shown}: ${reason}${words === '' ? '' : ` ("${words}")`}`);
}

/** Agrees on TLS: all that was said before is void. @throws {HostError} (rejects) */
export async function askForTls(wire: Wire): Promise<void> {
  wire.stream.write(encodeOptionRequest(Option.STARTTLS));
  const reply = await readReply(wire, Option.STARTTLS);
  if (reply.type === OptionReply.ACK) return;
  if (reply.type === OptionReply.ERR_UNSUP) {
    throw new HostError(
      `${wire.shown}: The server has no TLS: nothing is read from it in the clear`,
    );
  }
  throw refusal(wire, reply);
}

/**
 * Chooses an export. Replies stay simple ones: they say nothing of lengths that could be a lie.
 * @throws {HostError} (rejects)
 */
export async function chooseExport(
  wire: Wire,
  name: string,
  noZeroes: boolean,
): Promise<NbdExport> {
  const { stream, shown } = wire;
  const request = encodeInfoRequest({ name, infos: [Info.BLOCK_SIZE] });
  stream.write(encodeOptionRequest(Option.GO, request));
  let chosen: ExportInfo | undefined;
  let sizes = { minimum: 1, maximum: MAX_PAYLOAD };
  for (let count = 0; count < MOST_REPLIES; count += 1) {
    const reply = await readReply(wire, Option.GO);
    if (reply.type === OptionReply.ERR_UNSUP) return chooseByName(wire, name, noZeroes);
    if (reply.type === OptionReply.ACK) return checkExport(chosen, sizes, shown);
    if (reply.type !== OptionReply.INFO) throw refusal(wire, reply);
    chosen = decodeExportInfo(reply.data) ?? chosen;
    if (reply.data.length >= 2 && reply.data.readUInt16BE(0) === Info.BLOCK_SIZE) {
      const decoded = decodeBlockSizes(reply.data);
      if (decoded === undefined)
        throw new HostError(`${shown}: The server's block sizes make no sense`);
      sizes = decoded;
    }
  }
  throw new HostError(`${shown}: The server does not stop to reply`);
}

/** As servers want it that are older than 2016. */
async function chooseByName(wire: Wire, name: string, noZeroes: boolean): Promise<NbdExport> {
  wire.stream.write(encodeOptionRequest(Option.EXPORT_NAME, Buffer.from(name)));
  const reply = decodeExportNameReply(await wire.reader.read(exportNameReplyBytes(noZeroes)));
  return checkExport(reply, { minimum: 1, maximum: MAX_PAYLOAD }, wire.shown);
}

function checkExport(
  chosen: ExportInfo | undefined,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  shown: string,
): NbdExport {
  if (chosen === undefined) throw new HostError(`${shown}: The server does not tell the size`);
  const { size } = chosen;
  if (!Number.isSafeInteger(size)) {
    throw new HostError(`${shown}: The server claims a size of 2^53 bytes or more`);
  }
  if (size % minimum !== 0) {
    throw new HostError(`${shown}: ${size} bytes are not whole blocks of ${minimum} bytes`);
  }
  return { size, minimum, maximum };
}
