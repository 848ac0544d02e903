/** What confines a guest; see `--sandbox`. */
export type Sandbox = 'strict' | 'portable' | 'none';
