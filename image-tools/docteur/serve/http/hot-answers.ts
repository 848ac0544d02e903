import { Buffer } from 'node:buffer';
import type { ReadBody, SiteHeaders } from '../../../../guest/host/web/site-response.ts';

/** Memory of each answer, with its head. */
const SLOT_BYTES = 1 << 16;
/** Answers that are kept: 4 MiB. */
const SLOTS = 64;
/** Answers that one second is looked through for the second request of. */
const MOST_ASKED = 4096;
/** What the date stands behind, in the line that ends a head. */
const DATE_AT = 'date: '.length;

/** An answer as it is sent. It is not written into while somebody uses it. */
interface HotAnswer {
  /** Where the date's line begins. */
  readonly dateAt: number;
  readonly slot: Buffer;
  readonly bytes: Buffer;
  /** The second of its date, since 1970. */
  second: number;
  isWanted: boolean;
  /** Clients that have not taken all of it yet. */
  users: number;
  /** Another answer is in its place: its memory is free once nobody uses it. */
  isRetired: boolean;
}

/**
 * Whole answers of files that are asked for again and again, so that one write sends them. An answer gets in by its
 * second request within a second, while there is room, and goes after a second without any: what is asked for at
 * random, as all pages of a large site are, does not drive out the rest.
 */
export class HotAnswers {
  readonly #answers = new Map<SiteHeaders, HotAnswer>();
  readonly #asked = new Set<SiteHeaders>();
  readonly #free: Buffer[] = [];
  readonly #maxSlots: number;
  #slots = 0;
  #second = 0;

  constructor(maxSlots = SLOTS) {
    this.#maxSlots = maxSlots;
  }

  /**
   * An answer to send, to be given back by {@link leave}; undefined where it is not kept.
   * @param headers what the answers of a file share
   * @param head all of the head before the date's line
   * @param dateLine `date:` and so on, to the end of the head
   * @param second of that date, since 1970
   * @throws what reading the body throws
   */
  enter(
    headers: SiteHeaders,
    head: string,
    dateLine: string,
    second: number,
    body: ReadBody,
  ): HotAnswer | undefined {
    if (second !== this.#second) this.#begin(second);
    let answer = this.#answers.get(headers);
    if (answer === undefined) {
      const size = head.length + dateLine.length + body.to - body.from;
      if (size > SLOT_BYTES || !this.#isAskedAgain(headers)) return undefined;
      answer = this.#make(head, dateLine, second, body);
      if (answer === undefined) return undefined;
      this.#answers.set(headers, answer);
    } else if (answer.second !== second) {
      answer = this.#renew(headers, answer, dateLine, second);
      if (answer === undefined) return undefined;
    }
    answer.isWanted = true;
    answer.users += 1;
    return answer;
  }

  /** Somebody has taken all of it, or will not. */
  leave(answer: HotAnswer): void {
    answer.users -= 1;
    if (answer.isRetired && answer.users === 0) this.#free.push(answer.slot);
  }

  /** Lets go of what nobody asked for in the last second with any request. */
  #begin(second: number): void {
    this.#second = second;
    this.#asked.clear();
    for (const [headers, answer] of this.#answers) {
      if (answer.isWanted) answer.isWanted = false;
      else this.#retire(headers, answer);
    }
  }

  #isAskedAgain(headers: SiteHeaders): boolean {
    if (this.#asked.has(headers)) return true;
    if (this.#asked.size < MOST_ASKED) this.#asked.add(headers);
    return false;
  }

  #make(head: string, dateLine: string, second: number, body: ReadBody): HotAnswer | undefined {
    const slot = this.#take();
    if (slot === undefined) return undefined;
    const length = body.to - body.from;
    const dateAt = slot.write(head, 'latin1');
    const bodyAt = dateAt + slot.write(dateLine, dateAt, 'latin1');
    try {
      body.fill(slot.subarray(bodyAt, bodyAt + length), body.from);
    } catch (error) {
      this.#free.push(slot);
      throw error;
    }
    return newAnswer(slot, dateAt, bodyAt + length, second);
  }

  /** The same with a new date: in its own place, unless somebody still reads that. */
  #renew(
    headers: SiteHeaders,
    answer: HotAnswer,
    dateLine: string,
    second: number,
  ): HotAnswer | undefined {
    let renewed = answer;
    if (answer.users > 0) {
      const slot = this.#take();
      this.#retire(headers, answer);
      if (slot === undefined) return undefined;
      answer.bytes.copy(slot);
      renewed = newAnswer(slot, answer.dateAt, answer.bytes.length, second);
      this.#answers.set(headers, renewed);
    }
    renewed.slot.write(dateLine.slice(DATE_AT), answer.dateAt + DATE_AT, 'latin1');
    renewed.second = second;
    return renewed;
  }

  #retire(headers: SiteHeaders, answer: HotAnswer): void {
    this.#answers.delete(headers);
    answer.isRetired = true;
    if (answer.users === 0) this.#free.push(answer.slot);
  }

  #take(): Buffer | undefined {
    const free = this.#free.pop();
    if (free !== undefined || this.#slots >= this.#maxSlots) return free;
    this.#slots += 1;
    return Buffer.allocUnsafeSlow(SLOT_BYTES);
  }
}

function newAnswer(slot: Buffer, dateAt: number, length: number, second: number): HotAnswer {
  const bytes = slot.subarray(0, length);
  return { slot, bytes, dateAt, second, isWanted: false, users: 0, isRetired: false };
}
