/** What a lockfile says of one package, as far as it is looked at. */
interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
}

/**
 * What is wrong with a lockfile, one line each: every package must have a checksum, and none an address,
 * because users may have another registry.
 */
export function lockfileFaults(text: string): string[] {
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, LockedPackage> };
  const faults: string[] = [];
  for (const [place, locked] of Object.entries(packages)) {
    // The project itself.
    if (place === '') continue;
    const name = place.replace(/^.*node_modules\//, '');
    if (locked.resolved !== undefined) faults.push(`${place}: has an address, ${locked.resolved}`);
    if (!/^sha512-/.test(locked.integrity ?? '')) {
      const hint = `npm view ${name}@${locked.version} dist.integrity`;
      faults.push(`${place}: has no checksum; put into the lockfile what this says: ${hint}`);
    }
  }
  if (Object.keys(packages).length === 0) faults.push('no packages');
  return faults;
}
