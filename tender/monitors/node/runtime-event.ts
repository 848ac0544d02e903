/** What the runtime tells the tender. Any text may come from the guest, and is only shown. */
export type RuntimeEvent =
  /** Everything but the jail is ready. */
  | { readonly event: 'ready' }
  /** V8 rejected the kept code of the script. */
  | { readonly event: 'stale' }
  /** The guest is exiting; for `memory` see `GuestLaunch.onMemory`. */
  | { readonly event: 'exit'; readonly status: number; readonly memory?: number | undefined }
  /** The jail is not available: no guest was run. */
  | { readonly event: 'unjailed'; readonly message: string }
  /** The console fails: the guest has been ended. */
  | { readonly event: 'mute'; readonly message: string }
  /** `at` is a decimal number of nanoseconds. */
  | { readonly event: 'phase'; readonly phase: string; readonly at: string }
  | { readonly event: 'log'; readonly message: string }
  | { readonly event: 'uncaught'; readonly message: string }
  | { readonly event: 'broken'; readonly message: string };

const WITH_MESSAGE = ['unjailed', 'mute', 'log', 'uncaught', 'broken'] as const;
/** Enough for centuries in nanoseconds; more digits would only cost time. */
const TIME = /^\d{1,20}$/;

/**
 * Reads an event, which a guest that broke out of its runtime may have written.
 * @throws {RangeError} for an event that no honest runtime sends
 */
export function parseRuntimeEvent(payload: Uint8Array): RuntimeEvent {
  let given: Record<string, unknown> | null;
  try {
    given = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString());
  } catch {
    throw new RangeError('a message that is not JSON');
  }
  const { event, message, phase, at, status, memory } = given ?? {};
  if (event === 'ready' || event === 'stale') return { event };
  const known = WITH_MESSAGE.find((name) => name === event);
  if (known !== undefined && typeof message === 'string') return { event: known, message };
  if (event === 'phase' && typeof phase === 'string' && typeof at === 'string' && TIME.test(at)) {
    return { event, phase, at };
  }
  if (event === 'exit' && Number.isSafeInteger(status)) {
    const bytes = Number.isSafeInteger(memory) ? { memory: memory as number } : {};
    return { event, status: status as number, ...bytes };
  }
  throw new RangeError('a message of no known kind');
}
