import type { HostError } from '../../base/errors.ts';
import type { ExportList, NbdExport } from './exports.ts';
import { Negotiation, type TlsState } from './negotiation.ts';
import type { Send } from './reply-writer.ts';
import { Transmission } from './transmission.ts';

/** What became of a connection. */
export interface ConnectionEnd {
  /** The name of its export; undefined where the client never asked for one. */
  readonly export: string | undefined;
  readonly requests: number;
  /** Of data. */
  readonly bytes: number;
  /** Undefined where the client left as it should. */
  readonly reason: string | undefined;
}

/** What a {@link Conversation} tells. */
export interface ConversationEvents {
  readonly onExport: (chosen: NbdExport) => void;
  /** The device failed: the client gets an error. */
  readonly onFailure: (error: HostError) => void;
  /** The client is to be read from, or not for a while. */
  readonly onFlow: (read: boolean) => void;
  /** A TLS handshake, then another conversation. */
  readonly onTls: () => void;
  /** What was sent may still arrive, then the connection ends; `reason` where the client broke it. */
  readonly onLeave: (reason?: string) => void;
}

/** What is said with one client, from the greeting to the end, whatever carries it. */
export class Conversation {
  readonly #negotiation: Negotiation;
  readonly #send: Send;
  readonly #events: ConversationEvents;
  #transmission: Transmission | undefined;
  #export: NbdExport | undefined;
  #over = false;

  /** @param tls where it is `done`, the greeting was before; @param send takes answers, in order */
  constructor(exports: ExportList, tls: TlsState, send: Send, events: ConversationEvents) {
    this.#send = send;
    this.#events = events;
    this.#negotiation = new Negotiation(exports, tls, (bytes) => send(bytes, () => {}));
  }

  /** Whether the client has an export: until then it is waited for, but not for long. */
  get transmits(): boolean {
    return this.#transmission !== undefined;
  }

  /** Of data that the client asked for so far. */
  get bytes(): number {
    return this.#transmission?.bytes ?? 0;
  }

  get served(): Omit<ConnectionEnd, 'reason'> {
    const requests = this.#transmission?.requests ?? 0;
    return { export: this.#export?.name, requests, bytes: this.bytes };
  }

  /** Takes what the client says, in pieces of any length; `bytes` are borrowed. */
  receive(bytes: Buffer): void {
    if (this.#over) return;
    if (this.#transmission !== undefined) {
      this.#transmission.receive(bytes);
      return;
    }
    const step = this.#negotiation.receive(bytes);
    if (step.kind === 'close') this.#leave(step.reason);
    else if (step.kind === 'tls') {
      this.#over = true;
      this.#events.onTls();
    } else if (step.kind === 'go') {
      const { onFlow, onFailure, onExport } = this.#events;
      this.#export = step.session.export;
      this.#export.acquire();
      this.#transmission = new Transmission(step.session, this.#send, {
        onFlow,
        onFailure,
        onClose: (reason) => this.#leave(reason),
      });
      onExport(this.#export);
      this.#transmission.receive(step.rest);
    }
  }

  #leave(reason?: string): void {
    this.#over = true;
    this.#events.onLeave(reason);
  }

  /** The connection is gone. */
  close(): void {
    this.#over = true;
    this.#transmission?.close();
    this.#export?.release();
  }
}
