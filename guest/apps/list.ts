import { type App, openImage, parseOptions } from 'docteur/guest';

/** Prints a folder, a line an entry: its kind, a tab, its name. `--folder PATH`, `/` if absent. */
const list: App = (host) => {
  const { folder = '/', reader } = parseOptions(host.arguments, ['folder', 'reader']);
  const entries = openImage(host, reader).list(folder);
  host.write(entries.map(({ kind, name }) => `${kind}\t${name}\n`).join(''));
  return 0;
};

export default list;
