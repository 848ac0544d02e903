import {
  type App,
  concatBytes,
  type FileSystem,
  type Host,
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  openImage,
  parseOptions,
  writeOpenFile,
} from 'docteur/guest';

const SLASH = Uint8Array.of(0x2f);
const NUL = Uint8Array.of(0);

/**
 * Prints everything that an image holds, in the order of the paths: for each entry `KIND SIZE PATH`
 * and a NUL, then SIZE bytes. A link's bytes are its target; directories and submodules have none.
 */
const dump: App = (host) => {
  const options = parseOptions(host.arguments, IMAGE_OPTIONS, IMAGE_FLAGS);
  dumpFolders(host, openImage(host, options));
  return 0;
};

function dumpFolders(host: Host, fs: FileSystem): void {
  /** What is still to be dumped, the next one last. */
  const pending: { path: Uint8Array; kind: string }[] = [
    { path: new Uint8Array(0), kind: 'directory' },
  ];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { path, kind } = entry;
    if (path.length > 0) dumpEntry(host, fs, path, kind);
    if (kind !== 'directory') continue;
    for (const { nameBytes, kind } of fs.list(path).reverse()) {
      const prefix = path.length === 0 ? [] : [path, SLASH];
      pending.push({ path: concatBytes([...prefix, nameBytes]), kind });
    }
  }
}

function dumpEntry(host: Host, fs: FileSystem, path: Uint8Array, kind: string): void {
  const file = kind === 'file' || kind === 'executable' ? fs.open(path) : undefined;
  const target = kind === 'link' ? fs.readLink(path) : new Uint8Array(0);
  host.write(`${kind} ${file?.size ?? target.length} `);
  host.write(concatBytes([path, NUL, target]));
  if (file !== undefined) writeOpenFile(host, file);
  file?.close();
}

export default dump;
