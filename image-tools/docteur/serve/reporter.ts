import { toPlainJson } from '#format';
import { formatBytes, formatCount } from '../units.ts';

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
const ERASE_LINE = '\r\x1b[K';

/** Tells what happens: to programs on stdout, to people on stderr, with a status line on a terminal. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #shown = false;
  #bytes = 0;

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
    if (this.#options.json) process.stdout.write(`${toPlainJson(event)}\n`);
    if (text === undefined) return;
    this.#erase();
    this.#options.say(text);
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
