/** What an app can be built for: a guest of the tender, or a program of its own. */
export const TARGETS = ['hvt', 'unix'] as const;
export type Target = (typeof TARGETS)[number];
