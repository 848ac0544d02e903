import { clock } from '../../base/clock.ts';
import { FUTEX_WAIT, FUTEX_WAKE } from '../../native/constants.ts';
import type { Libc } from '../../native/libc.ts';
import { timespec } from '../../native/timespec.ts';
import type { Spinner } from '../../transport/spinner.ts';
import { CONTROL_PAGE, Control, GUESTS_TURN, TENDERS_TURN } from './launch/layout.ts';
import type { GuestProcess, ProcessEnd, SharedFile } from './launch/start.ts';

/** After this long without a break, the event loop gets a turn: signals, timers. In ms. */
const SLICE_MS = 4;
/** How long a busy tender blocks before it sleeps on another thread. In ns. */
const NAP_NS = 1_000_000n;
/** Longest sleep on another thread, in ns: a hostile guest may prevent the wake-up. */
const SLEEP_NS = 250_000_000n;
/** How often, during a slow answer, the tender checks that the process still exists. In ms. */
const WATCH_MS = 250;
/** Naps before the first sleep: a guest that has just begun will ask for something soon. */
const FIRST_NAPS = 10;

/** What happens while a guest and the tender take turns. */
export interface TurnEvents {
  /**
   * It is the tender's turn.
   * @returns whether the guest goes on, at once or later: what throws or rejects ends the turns
   */
  serve(): boolean | Promise<boolean>;
  /** The process is gone. */
  onEnd(end: ProcessEnd): void;
  onFailure(error: Error): void;
}

/** The turns of one guest. */
export interface Turns {
  /** Ends them: nothing is served any more. */
  stop(): void;
  /** Whether anything may still use the shared memory: another thread, or a device that has yet to answer. */
  readonly inUse: boolean;
}

/**
 * Serves a guest's process whenever it gives the turn to the tender. While turns follow one another this
 * thread blocks, for a millisecond at most; an idle guest is waited for on a thread of the pool. The
 * guest may write to the control page at any time: it can wake the tender for nothing, or let it sleep
 * for a while, and that is all.
 * @param onIdle called when nothing uses the shared memory any more, after `stop`
 */
export function takeTurns(
  libc: Libc,
  process: GuestProcess,
  { mapping, memorySize }: SharedFile,
  spinner: Spinner,
  events: TurnEvents,
  onIdle: () => void,
): Turns {
  const words = new Int32Array(mapping.view(memorySize, CONTROL_PAGE));
  const turn = Control.TURN / 4;
  const tenderSleeps = Control.TENDER_SLEEPS / 4;
  const guestSleeps = Control.GUEST_SLEEPS / 4;
  const address = mapping.address + BigInt(memorySize + Control.TURN);
  const napLimit = timespec(libc);
  const sleepLimit = timespec(libc);
  // A hostile guest may write anything there; nobody sleeps on another value.
  const isOurs = () => Atomics.load(words, turn) !== GUESTS_TURN;
  let open = true;
  let asleep = false;
  let serving = false;
  let firstNaps = FIRST_NAPS;

  function giveBack(): void {
    Atomics.store(words, turn, GUESTS_TURN);
    if (Atomics.load(words, guestSleeps) !== 0) libc.raw('futex', address, FUTEX_WAKE, 1);
  }
  function fail(error: Error): void {
    if (!open) return;
    open = false;
    events.onFailure(error);
  }
  /** False where nothing came while this thread may block. */
  function waitHere(): boolean {
    if (spinner.sees(isOurs)) return true;
    Atomics.store(words, tenderSleeps, 1);
    if (!isOurs()) libc.raw('futex', address, FUTEX_WAIT, GUESTS_TURN, napLimit(NAP_NS));
    Atomics.store(words, tenderSleeps, 0);
    return isOurs();
  }
  function waitElsewhere(): void {
    asleep = true;
    Atomics.store(words, tenderSleeps, 1);
    libc.callLater('futex', [address, FUTEX_WAIT, GUESTS_TURN, sleepLimit(SLEEP_NS)], () => {
      asleep = false;
      if (!open) {
        onIdle();
        return;
      }
      Atomics.store(words, tenderSleeps, 0);
      if (!isOurs() && hasEnded()) return;
      run();
    });
  }
  function hasEnded(): boolean {
    const end = process.look();
    if (end === undefined) return false;
    open = false;
    events.onEnd(end);
    return true;
  }
  function serveLater(answer: Promise<boolean>): void {
    serving = true;
    const watch = setInterval(() => open && hasEnded(), WATCH_MS);
    function settled(): boolean {
      clearInterval(watch);
      serving = false;
      if (!open) onIdle();
      return open;
    }
    answer.then(
      (guestRuns) => {
        if (settled() && goOn(guestRuns)) run();
      },
      (error) => {
        if (settled()) fail(error);
      },
    );
  }
  function goOn(guestRuns: boolean): boolean {
    if (!open) return false;
    if (guestRuns) giveBack();
    else open = false;
    return guestRuns;
  }

  function run(): void {
    if (!open) return;
    const start = clock();
    try {
      for (;;) {
        if (!isOurs() && !waitHere()) {
          // A process that ends wakes who sleeps on the turn.
          if (hasEnded()) return;
          if (firstNaps === 0) {
            waitElsewhere();
            return;
          }
          firstNaps -= 1;
          break;
        }
        const served = events.serve();
        if (typeof served !== 'boolean') {
          serveLater(served);
          return;
        }
        if (!goOn(served)) return;
        if (clock() - start > SLICE_MS) break;
      }
      setImmediate(run);
    } catch (error) {
      fail(error as Error);
    }
  }

  setImmediate(run);
  return {
    stop() {
      open = false;
      if (!asleep) return;
      // Wakes that thread, even just before it begins to sleep.
      Atomics.store(words, turn, TENDERS_TURN);
      libc.raw('futex', address, FUTEX_WAKE, 1);
    },
    get inUse() {
      return asleep || serving;
    },
  };
}
