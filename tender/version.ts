/** Put in by the bundler, from package.json. */
declare const DOCTEUR_VERSION: string;

/** What `--version` prints. */
export function versionText(): string {
  const version = typeof DOCTEUR_VERSION === 'string' ? DOCTEUR_VERSION : 'from source';
  return `tender ${version} (Node ${process.versions.node})\n`;
}
