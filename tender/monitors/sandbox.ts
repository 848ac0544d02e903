/** What confines a guest; see `--sandbox`. */
export type Sandbox = 'strict' | 'portable' | 'none';

/** What runs guests for hvt; see `--hvt`. */
export type HvtEngine = 'auto' | 'kvm' | 'process';
