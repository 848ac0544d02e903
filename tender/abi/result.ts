/** What a hypercall gives back (Solo5 v0.12, `solo5_result_t`). Codes are only ever added. */
export const Result = {
  OK: 0,
  /** Nothing to do yet; ask again. */
  AGAIN: 1,
  /** The request breaks a rule: unknown name or handle, unaligned, or past the capacity. */
  EINVAL: 2,
  /** The device failed for a reason that is not the guest's. */
  EUNSPEC: 3,
} as const;

export type Result = (typeof Result)[keyof typeof Result];

/** Exit statuses that Solo5 names; any other status reaches the shell as `status & 0xff`. */
export const EXIT_SUCCESS = 0;
export const EXIT_FAILURE = 1;
export const EXIT_ABORT = 255;

/** Longest command line of a guest: its arguments joined by single spaces, in bytes. */
export const MAX_COMMAND_LINE = 8191;

/** What a guest has where nobody says otherwise (`--mem`), in MiB. */
export const DEFAULT_MEMORY = 512;
