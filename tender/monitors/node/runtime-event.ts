/** What the runtime tells the tender. Its text may come from the guest: it is no more than text. */
export type RuntimeEvent =
  /** Everything but the jail stands. */
  | { readonly event: 'ready' }
  /** The guest chose to exit, and will be gone in a moment; `memory` see `GuestLaunch.onMemory`. */
  | { readonly event: 'exit'; readonly status: number; readonly memory?: number | undefined }
  /** The jail cannot be had: no guest was run. */
  | { readonly event: 'unjailed'; readonly message: string }
  /** The console fails: the guest has been ended. */
  | { readonly event: 'mute'; readonly message: string }
  | { readonly event: 'phase'; readonly phase: string; readonly at: string }
  | { readonly event: 'log'; readonly message: string }
  | { readonly event: 'uncaught'; readonly message: string }
  | { readonly event: 'broken'; readonly message: string };
