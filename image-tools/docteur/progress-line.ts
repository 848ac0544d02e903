import { formatBytes } from './units.ts';

const INTERVAL_MS = 100;
const ERASE_LINE = '\r\x1b[K';

/** How far a piece of work is. */
export interface Step {
  readonly phase: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number | undefined;
  readonly bytes?: number | undefined;
}

/**
 * A line on stderr that shows the work's phase, rate and remaining time; nothing is shown off a
 * terminal, on one that cannot erase, under CI, or when `quiet`.
 */
export class ProgressLine {
  readonly #shown: boolean;
  #phase = '';
  #phaseStart = 0;
  #nextAt = 0;

  constructor(quiet: boolean) {
    const { CI, TERM } = process.env;
    this.#shown = !quiet && process.stderr.isTTY === true && !CI && TERM !== 'dumb';
  }

  update(step: Step): void {
    const now = performance.now();
    if (!this.#shown || now < this.#nextAt) return;
    if (step.phase !== this.#phase) {
      this.#phase = step.phase;
      this.#phaseStart = now;
    }
    this.#nextAt = now + INTERVAL_MS;
    process.stderr.write(ERASE_LINE + describeStep(step, (now - this.#phaseStart) / 1000));
  }

  /** Erases the line. */
  end(): void {
    if (this.#phase !== '') process.stderr.write(ERASE_LINE);
  }
}

function describeStep(step: Step, seconds: number): string {
  const { phase, unit, done, total, bytes } = step;
  const isBytes = unit === 'bytes';
  const inUnits = (count: number) =>
    isBytes ? formatBytes(Math.round(count)) : `${Math.round(count)} ${unit}`;
  const ofTotal = total === undefined ? '' : `${isBytes ? formatBytes(done) : done} of `;
  const parts = [`${phase}: ${ofTotal}${inUnits(total ?? done)}`];
  if (bytes !== undefined) parts.push(formatBytes(bytes));
  if (seconds > 1) {
    const rate = done / seconds;
    parts.push(`${inUnits(rate)}/s`);
    if (total !== undefined && rate > 0) parts.push(`${Math.ceil((total - done) / rate)} s left`);
  }
  return parts.join(', ');
}
