import {
  type App,
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  openImage,
  parseOptions,
  UsageError,
  writeFile,
} from 'docteur/guest';

const ABOUT = `simple: prints a file of the image, --filename PATH.

  --reader auto|indexed|lazy|eager|analyze   how to read the image (--analyze is short for the last)
  --check                                    compare everything that is read with its id
  --commit ID                                --check, and refuse any other commit`;

/** Prints a file: `--filename PATH`, and `--reader NAME`, `--analyze`, `--check`, `--commit ID`. */
const simple: App = (host) => {
  const names = ['filename', ...IMAGE_OPTIONS] as const;
  const options = parseOptions(host.arguments, names, IMAGE_FLAGS, ABOUT);
  const { filename } = options;
  if (filename === undefined) throw new UsageError('missing option: --filename PATH');
  writeFile(host, openImage(host, options), filename);
  return 0;
};

export default simple;
