import { type App, openImage, parseOptions, UsageError, writeFile } from 'docteur/guest';

/** Prints a file: `--filename PATH`, and `--reader lazy|eager|analyze`. */
const simple: App = (host) => {
  const { filename, reader } = parseOptions(host.arguments, ['filename', 'reader']);
  if (filename === undefined) throw new UsageError('no file named: --filename PATH');
  writeFile(host, openImage(host, reader), filename);
  return 0;
};

export default simple;
