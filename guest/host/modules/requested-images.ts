/**
 * The images that `--import docteur/NAME=PATH` names, in Node's options (`--import` or `--require`, with `=` or
 * without), in NODE_OPTIONS, and in DOCTEUR_REGISTER or DOCTEUR_REGISTER_FS, which is one path.
 * @param name `register` or `register-fs`
 */
export function requestedImages(
  name: string,
  execArgv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const words = [...splitOptions(env.NODE_OPTIONS ?? ''), ...execArgv];
  const mark = `docteur/${name}=`;
  const paths = words
    .filter((word) => word.includes(mark))
    .map((word) => word.slice(word.indexOf(mark) + mark.length));
  const variable = env[`DOCTEUR_${name.toUpperCase().replace('-', '_')}`];
  return [...new Set([...paths, variable ?? ''])].filter((path) => path !== '');
}

/** Which links Node is told to keep in paths: `--preserve-symlinks`, and the same of the program itself. */
export function preservedLinks(
  execArgv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { readonly modules: boolean; readonly main: boolean } {
  const words = [...splitOptions(env.NODE_OPTIONS ?? ''), ...execArgv];
  return {
    modules: words.includes('--preserve-symlinks') || env.NODE_PRESERVE_SYMLINKS === '1',
    main: words.includes('--preserve-symlinks-main') || env.NODE_PRESERVE_SYMLINKS_MAIN === '1',
  };
}

/** As Node splits NODE_OPTIONS: at blanks, but for those in double quotes or behind a backslash. */
function splitOptions(text: string): string[] {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|\\.|[^\s"\\])+/g)].map(([word]) =>
    word.replace(/\\(.)|"/g, '$1'),
  );
}
