import { type App, IMAGE_FLAGS, IMAGE_OPTIONS, openImage, parseOptions } from 'docteur/guest';

/**
 * Prints a folder, a line an entry: its kind, a tab, its name. `--folder PATH`, `/` if absent;
 * `--reader NAME`, `--analyze`, `--check`, `--commit ID`.
 */
const list: App = (host) => {
  const options = parseOptions(host.arguments, ['folder', ...IMAGE_OPTIONS], IMAGE_FLAGS);
  const entries = openImage(host, options).list(options.folder ?? '/');
  host.write(entries.map(({ kind, name }) => `${kind}\t${name}\n`).join(''));
  return 0;
};

export default list;
