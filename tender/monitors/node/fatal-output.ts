/**
 * What Node or V8 wrote before it gave up, as one line; undefined where that says nothing.
 * @param memory of the guest, in MiB
 */
export function explainFatal(stderr: string, memory: number): string | undefined {
  if (/heap out of memory|process out of memory|Out of memory|Allocation failed/i.test(stderr)) {
    return `the guest ran out of memory (--mem=${memory})`;
  }
  const fatal =
    /^\s*(?:#\s*)?(Fatal [^\n]+|FATAL ERROR[^\n]+|Error: [^\n]+|[^\n]*Assertion[^\n]+)/m;
  return fatal.exec(stderr)?.[1]?.trim();
}
