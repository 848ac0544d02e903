/** Variables that would turn git to another repository than the one we name, or change what is in it. */
const REPOSITORY_VARIABLES: ReadonlySet<string> = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
  'GIT_REPLACE_REF_BASE',
  'GIT_CEILING_DIRECTORIES',
]);

/**
 * The environment that git runs in: the user's, without what would turn it to another repository, with
 * what keeps it from asking, and with `settings` as if they stood last in the user's configuration.
 */
export function gitEnvironment(
  settings: readonly (readonly [key: string, value: string])[],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !REPOSITORY_VARIABLES.has(name)) env[name] = value;
  }
  env.GIT_TERMINAL_PROMPT = '0';
  env.GIT_DEFAULT_HASH = 'sha1';
  env.GIT_DEFAULT_REF_FORMAT = 'files';
  env.GIT_ALLOW_PROTOCOL = 'file:git:http:https:ssh';
  // Messages are matched.
  env.LC_ALL = 'C';
  let count = Number(env.GIT_CONFIG_COUNT ?? 0);
  for (const [key, value] of settings) {
    env[`GIT_CONFIG_KEY_${count}`] = key;
    env[`GIT_CONFIG_VALUE_${count}`] = value;
    count += 1;
  }
  if (settings.length > 0) env.GIT_CONFIG_COUNT = `${count}`;
  return env;
}
