import { toPlainJson } from '#format';
import { formatBytes, formatCount } from '../units.ts';
import { LineOutput } from './line-output.ts';

/** What a server tells, for programs a line of JSON each. */
export interface ServeEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** How a {@link Reporter} speaks. */
export interface ReporterOptions {
  /** Events as JSON on stdout. */
  readonly json: boolean;
  /** No status line. */
  readonly quiet: boolean;
  /** One line for people. */
  say(text: string): void;
  /** What the status line shows. */
  status(): { readonly clients: number; readonly bytes: number };
}

const STATUS_MS = 1000;
/** Bytes that wait for whoever reads stderr; nothing more is said then. */
const MAX_WAITING = 1 << 20;
const ERASE_LINE = '\r\x1b[K';

/** Tells what happens: to programs on stdout, to people on stderr, with a status line on a terminal. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #events = new LineOutput(process.stdout);
  #shown = false;
  #bytes = 0;
  #toldMissed = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
    const { CI, TERM } = process.env;
    const terminal = process.stderr.isTTY === true && !CI && TERM !== 'dumb';
    if (terminal && !options.quiet) {
      this.#timer = setInterval(() => this.#showStatus(), STATUS_MS);
      this.#timer.unref();
    }
  }

  /** @param text for people; without it the event is for programs alone */
  tell(event: ServeEvent, text?: string): void {
    if (this.#options.json) this.#tellPrograms(event);
    if (text === undefined || process.stderr.writableLength >= MAX_WAITING) return;
    this.#erase();
    this.#options.say(text);
  }

  /** A program that did not read in time is told how many events it missed, before it gets the next one. */
  #tellPrograms(event: ServeEvent): void {
    const missed = this.#events.leftOut - this.#toldMissed;
    if (missed > 0 && this.#events.hasRoom) {
      this.#events.write(toPlainJson({ event: 'left out', events: missed }));
      this.#toldMissed += missed;
    }
    this.#events.write(toPlainJson(event));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #erase(): void {
    if (this.#shown) process.stderr.write(ERASE_LINE);
    this.#shown = false;
  }

  #showStatus(): void {
    const { clients, bytes } = this.#options.status();
    const rate = formatBytes(bytes - this.#bytes);
    this.#bytes = bytes;
    this.#shown = true;
    const line = `${formatCount(clients, 'client')}, ${formatBytes(bytes)} read, ${rate}/s`;
    process.stderr.write(`${ERASE_LINE}${line}`);
  }
}
