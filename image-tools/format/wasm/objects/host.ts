/** Puts the next compressed bytes at INPUT; gives how many, at least 1, or throws. */
export declare function refill(): u32;
/** Throws: never comes back. */
export declare function fail(fault: u32): void;
