import type { App } from '../app.ts';
import { openImage, writeFile } from '../open-image.ts';
import { parseOptions, UsageError } from '../options.ts';

/** Prints a file: `--filename PATH`, and `--reader lazy|eager|analyze`. */
const simple: App = (host) => {
  const { filename, reader } = parseOptions(host.arguments, ['filename', 'reader']);
  if (filename === undefined) throw new UsageError('no file named: --filename PATH');
  writeFile(host, openImage(host, reader), filename);
  return 0;
};

export default simple;
