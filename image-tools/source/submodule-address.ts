import { ToolError } from '../base/errors.ts';
import { type GitClient, GitError } from './git-client.ts';

/** What a commit's .gitmodules says of a submodule. */
export interface SubmoduleSettings {
  readonly name: string;
  readonly url: string;
}

const SETTING = /^submodule\.(.*)\.(path|url)\n(.*)$/s;
/** Addresses that git goes to for others: by scheme, `host:path`, or a path of this machine. */
const ADDRESS = /^(?:(?:https?|ssh|git|file):\/\/|\/|[^/:@\s-][^/:@\s]*(?:@[^/:@\s]+)?:(?!\/\/|:))/;

/** The submodules that the .gitmodules of a commit names, by their paths. @throws GitError */
export async function readSubmodules(
  git: GitClient,
  commit: string,
): Promise<Map<string, SubmoduleSettings>> {
  let text: string;
  try {
    text = await git.run(['config', `--blob=${commit}:.gitmodules`, '-z', '--list']);
  } catch (error) {
    if (error instanceof GitError) return new Map();
    throw error;
  }
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const setting of text.split('\0')) {
    const [, name, key, value] = SETTING.exec(setting) ?? [];
    if (name === undefined) continue;
    byName.set(name, { ...byName.get(name), [key as string]: value });
  }
  return new Map(
    [...byName].flatMap(([name, { path, url }]) =>
      path === undefined || url === undefined ? [] : [[path, { name, url }] as const],
    ),
  );
}

/**
 * The address of a submodule: `url` itself, or where that begins with `./` or `../`, what it leads to from
 * the address of the repository that names it.
 * @throws ToolError REFUSED for one that git would not go to
 */
export function resolveSubmoduleUrl(base: string, url: string): string {
  const resolved = /^\.\.?\//.test(url) ? resolveRelative(base, url) : url;
  if (resolved !== undefined && ADDRESS.test(resolved)) return resolved;
  throw new ToolError('REFUSED', `a submodule has an invalid address: ${url}`);
}

function resolveRelative(base: string, url: string): string | undefined {
  let above = base.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const cut = /^(.*[^/:])[/:]+[^/:]+$/.exec(above)?.[1];
      // Never above the host.
      if (cut === undefined || /^[a-z]+$/.test(cut) || /^[a-z]+:$/.test(cut)) return undefined;
      above = cut;
    } else break;
  }
  // `host:` was cut to its name: what follows is a path there.
  const isHost = !above.includes('/') && !above.includes(':') && base.startsWith(`${above}:`);
  return `${above}${isHost ? ':' : '/'}${rest}`;
}
