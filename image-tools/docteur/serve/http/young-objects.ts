import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Room for young objects, of which half is in use: V8 would take eight times as much. */
const MOST_BYTES = 4 << 20;
const LOOK_MS = 100;

/**
 * Fits V8's collection of young objects to a server. What a request leaves behind is small and dies at once: more room
 * means that fewer requests wait for a collection, and helpers cost more than they help, since there is next to
 * nothing to copy, and each core has other work.
 * @returns ends it
 */
export function fitYoungObjects(): () => void {
  setFlagsFromString('--no-parallel-scavenge');
  // The size itself can only be given to a process that starts.
  const look = () => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (space === undefined || space.space_size < MOST_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  };
  const timer = setInterval(look, LOOK_MS).unref();
  look();
  return () => clearInterval(timer);
}
