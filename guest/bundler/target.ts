/** What an app can be built for: the tender, as a guest, or Node, as a program. */
export const TARGETS = ['hvt', 'unix'] as const;
export type Target = (typeof TARGETS)[number];
