import type { PackOffset } from '#format';

/** Deltas whose base is not known yet, by that base: the id of an object, or an entry. */
export class WaitingDeltas {
  readonly #byBase = new Map<string | PackOffset, PackOffset[]>();
  readonly #waiting = new Set<PackOffset>();
  readonly #ready: PackOffset[] = [];

  get count(): number {
    return this.#waiting.size;
  }

  has(packOffset: PackOffset): boolean {
    return this.#waiting.has(packOffset);
  }

  add(packOffset: PackOffset, base: string | PackOffset): void {
    this.#waiting.add(packOffset);
    const siblings = this.#byBase.get(base);
    if (siblings === undefined) this.#byBase.set(base, [packOffset]);
    else siblings.push(packOffset);
  }

  /** Tells that the object of an entry is known, and its id: what waits for either is ready. */
  wake(packOffset: PackOffset, oid: string): void {
    if (this.#waiting.size === 0) return;
    for (const base of [packOffset, oid]) {
      for (const delta of this.#byBase.get(base) ?? []) {
        this.#waiting.delete(delta);
        this.#ready.push(delta);
      }
      this.#byBase.delete(base);
    }
  }

  /** A delta that no longer waits. */
  takeReady(): PackOffset | undefined {
    return this.#ready.pop();
  }
}
