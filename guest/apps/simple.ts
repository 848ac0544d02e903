import {
  type App,
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  openImage,
  parseOptions,
  UsageError,
  writeFile,
} from 'docteur/guest';

/** Prints a file: `--filename PATH`, and `--reader NAME`, `--analyze`, `--check`, `--commit ID`. */
const simple: App = (host) => {
  const options = parseOptions(host.arguments, ['filename', ...IMAGE_OPTIONS], IMAGE_FLAGS);
  const { filename } = options;
  if (filename === undefined) throw new UsageError('no file named: --filename PATH');
  writeFile(host, openImage(host, options), filename);
  return 0;
};

export default simple;
