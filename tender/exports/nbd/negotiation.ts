import { encodeBlockSizes } from '../../nbd/block-size-info.ts';
import { encodeExportInfo } from '../../nbd/export-info.ts';
import { encodeExportNameReply } from '../../nbd/export-name-reply.ts';
import { CLIENT_FLAGS_BYTES, decodeClientFlags, encodeGreeting } from '../../nbd/greeting.ts';
import { decodeInfoRequest } from '../../nbd/info-request.ts';
import { encodeListEntry } from '../../nbd/list-entry.ts';
import { encodeMetaContext } from '../../nbd/meta-context.ts';
import { decodeMetaContextRequest } from '../../nbd/meta-context-request.ts';
import {
  Info,
  MAX_PAYLOAD,
  MAX_STRING,
  Option,
  OptionReply,
  TransmissionFlag,
} from '../../nbd/numbers.ts';
import { encodeOptionReply } from '../../nbd/option-reply.ts';
import { decodeOptionRequest, OPTION_BYTES } from '../../nbd/option-request.ts';
import { encodeTextInfo } from '../../nbd/text-info.ts';
import type { ExportList, NbdExport } from './exports.ts';
import { MAX_OPTION_BYTES, MAX_OPTIONS } from './limits.ts';

/** The one metadata context that there is: all of an image is data. */
const CONTEXT = 'base:allocation';
const CONTEXT_ID = 1;
/** Any byte range may be read; more than this at a time is better. */
const BLOCK_SIZES = { minimum: 1, preferred: 4096, maximum: MAX_PAYLOAD };

/** Whether clients must or cannot encrypt; `done` where they do. */
export type TlsState = 'off' | 'require' | 'done';

/** What was agreed upon for the transmission. */
export interface Session {
  readonly export: NbdExport;
  readonly structured: boolean;
  /** The id under which `base:allocation` was selected; undefined where it was not. */
  readonly context: number | undefined;
}

/** What is to happen next. */
export type NegotiationStep =
  | { readonly kind: 'more' }
  /** The client leaves; or what it says cannot be understood: `reason` says so. */
  | { readonly kind: 'close'; readonly reason?: string }
  /** A TLS handshake, then a negotiation from the options on. */
  | { readonly kind: 'tls' }
  /** `rest` is what the client said already. */
  | { readonly kind: 'go'; readonly session: Session; readonly rest: Buffer };

const MORE: NegotiationStep = { kind: 'more' };

function refuse(reason: string): NegotiationStep {
  return { kind: 'close', reason };
}

/** The server's side of the fixed newstyle negotiation: bytes in, bytes out. */
export class Negotiation {
  readonly #exports: ExportList;
  readonly #tls: TlsState;
  readonly #send: (bytes: Buffer) => void;
  #input: Buffer = Buffer.alloc(0);
  #greeted: boolean;
  #noZeroes = true;
  #options = 0;
  #structured = false;
  /** The export for which the context was selected. */
  #context: NbdExport | undefined;

  /**
   * @param tls where it is `done`, the greeting was before
   * @param send what is to be sent, in order
   */
  constructor(exports: ExportList, tls: TlsState, send: (bytes: Buffer) => void) {
    this.#exports = exports;
    this.#tls = tls;
    this.#send = send;
    this.#greeted = tls === 'done';
    if (!this.#greeted) send(encodeGreeting());
  }

  /** Takes what a client says, in pieces of any length; `bytes`, and what a step gives, are borrowed. */
  receive(bytes: Buffer): NegotiationStep {
    this.#input = this.#input.length === 0 ? bytes : Buffer.concat([this.#input, bytes]);
    const step = this.#proceed();
    if (step.kind === 'more') this.#input = Buffer.from(this.#input);
    return step;
  }

  #proceed(): NegotiationStep {
    if (!this.#greeted) {
      if (this.#input.length < CLIENT_FLAGS_BYTES) return MORE;
      const flags = decodeClientFlags(this.#input);
      if (flags === undefined) return refuse('unknown client flags');
      this.#greeted = true;
      this.#noZeroes = flags.noZeroes;
      this.#input = this.#input.subarray(CLIENT_FLAGS_BYTES);
    }
    for (;;) {
      if (this.#input.length < OPTION_BYTES) return MORE;
      const request = decodeOptionRequest(this.#input);
      if (request === undefined) return refuse('not an NBD option');
      const { option, length } = request;
      if (length > MAX_OPTION_BYTES) return refuse(`option ${option} with ${length} bytes of data`);
      const end = OPTION_BYTES + length;
      if (this.#input.length < end) return MORE;
      this.#options += 1;
      if (this.#options > MAX_OPTIONS) return refuse(`more than ${MAX_OPTIONS} options`);
      const data = this.#input.subarray(OPTION_BYTES, end);
      this.#input = this.#input.subarray(end);
      const step = this.#answer(option, data);
      if (step !== undefined) return step;
    }
  }

  #reply(option: number, type: number, data?: Uint8Array): void {
    this.#send(encodeOptionReply(option, type, data));
  }

  /** An error with a text for people. */
  #fail(option: number, type: number, text: string): undefined {
    this.#reply(option, type, Buffer.from(text));
  }

  /** Undefined where the next option may follow. */
  #answer(option: number, data: Buffer): NegotiationStep | undefined {
    if (option === Option.ABORT) {
      this.#reply(option, OptionReply.ACK);
      return { kind: 'close' };
    }
    if (option === Option.STARTTLS) return this.#startTls(data);
    if (this.#tls === 'require') {
      if (option === Option.EXPORT_NAME) return refuse('the client does not use TLS');
      return this.#fail(option, OptionReply.ERR_TLS_REQD, 'this server wants TLS');
    }
    switch (option) {
      case Option.EXPORT_NAME:
        return this.#enterByName(data);
      case Option.LIST:
        return this.#list(data);
      case Option.INFO:
      case Option.GO:
        return this.#describe(option, data);
      case Option.STRUCTURED_REPLY:
        if (data.length > 0) return this.#fail(option, OptionReply.ERR_INVALID, 'no data expected');
        this.#structured = true;
        this.#reply(option, OptionReply.ACK);
        return undefined;
      case Option.LIST_META_CONTEXT:
      case Option.SET_META_CONTEXT:
        return this.#selectContext(option, data);
      default:
        return this.#fail(option, OptionReply.ERR_UNSUP, 'unknown option');
    }
  }

  #startTls(data: Buffer): NegotiationStep | undefined {
    const option = Option.STARTTLS;
    if (data.length > 0) return this.#fail(option, OptionReply.ERR_INVALID, 'no data expected');
    if (this.#tls === 'done') {
      return this.#fail(option, OptionReply.ERR_INVALID, 'this connection uses TLS already');
    }
    if (this.#tls === 'off') return this.#fail(option, OptionReply.ERR_UNSUP, 'no TLS here');
    // Whoever sits between could have put it there, for the server to take as said under TLS.
    if (this.#input.length > 0) return refuse('the client went on in plain text after STARTTLS');
    this.#reply(option, OptionReply.ACK);
    return { kind: 'tls' };
  }

  #flags(): number {
    const { HAS_FLAGS, READ_ONLY, CAN_MULTI_CONN, SEND_DF } = TransmissionFlag;
    const flags = HAS_FLAGS | READ_ONLY | CAN_MULTI_CONN;
    return this.#structured ? flags | SEND_DF : flags;
  }

  #go(found: NbdExport): NegotiationStep {
    const context = this.#context === found ? CONTEXT_ID : undefined;
    const session = { export: found, structured: this.#structured, context };
    return { kind: 'go', session, rest: this.#input };
  }

  #enterByName(data: Buffer): NegotiationStep {
    const found = data.length > MAX_STRING ? undefined : this.#exports.find(data.toString());
    // The protocol has no other way to say no.
    if (found === undefined) return refuse('no such export');
    const { size } = found;
    this.#send(encodeExportNameReply({ size, flags: this.#flags() }, this.#noZeroes));
    return this.#go(found);
  }

  #list(data: Buffer): undefined {
    const option = Option.LIST;
    if (data.length > 0) return this.#fail(option, OptionReply.ERR_INVALID, 'no data expected');
    for (const { name, description } of this.#exports.all) {
      this.#reply(option, OptionReply.SERVER, encodeListEntry(name, description));
    }
    this.#reply(option, OptionReply.ACK);
    return undefined;
  }

  #describe(option: number, data: Buffer): NegotiationStep | undefined {
    const request = decodeInfoRequest(data);
    if (request === undefined) return this.#fail(option, OptionReply.ERR_INVALID, 'bad data');
    const found = this.#exports.find(request.name);
    if (found === undefined) {
      return this.#fail(option, OptionReply.ERR_UNKNOWN, 'no such export; LIST names them');
    }
    const { size, name, description } = found;
    const tell = (info: Uint8Array) => this.#reply(option, OptionReply.INFO, info);
    tell(encodeExportInfo({ size, flags: this.#flags() }));
    // Each at most once, however often a client asks.
    const wanted = new Set(request.infos);
    if (wanted.has(Info.NAME)) tell(encodeTextInfo(Info.NAME, name));
    if (wanted.has(Info.DESCRIPTION)) tell(encodeTextInfo(Info.DESCRIPTION, description));
    if (wanted.has(Info.BLOCK_SIZE)) tell(encodeBlockSizes(BLOCK_SIZES));
    this.#reply(option, OptionReply.ACK);
    return option === Option.GO ? this.#go(found) : undefined;
  }

  #selectContext(option: number, data: Buffer): undefined {
    const setting = option === Option.SET_META_CONTEXT;
    // What was selected before is void, whatever comes of this.
    if (setting) this.#context = undefined;
    if (!this.#structured) {
      return this.#fail(option, OptionReply.ERR_INVALID, 'structured replies come first');
    }
    const request = decodeMetaContextRequest(data);
    if (request === undefined) return this.#fail(option, OptionReply.ERR_INVALID, 'bad data');
    const found = this.#exports.find(request.name);
    if (found === undefined) {
      return this.#fail(option, OptionReply.ERR_UNKNOWN, 'no such export; LIST names them');
    }
    const { queries } = request;
    const matches =
      queries.includes(CONTEXT) ||
      (!setting && (queries.length === 0 || queries.includes('base:')));
    if (matches) {
      if (setting) this.#context = found;
      const id = setting ? CONTEXT_ID : 0;
      this.#reply(option, OptionReply.META_CONTEXT, encodeMetaContext(id, CONTEXT));
    }
    this.#reply(option, OptionReply.ACK);
    return undefined;
  }
}
