/** How much stands between a guest and the host; see `--sandbox`. */
export type Sandbox = 'strict' | 'portable' | 'none';
