import { kindOfMode } from '#format';
import { MAX_PACKAGE_BYTES, MODULE_MAP_NAME, ModuleMapBuilder, mappedName } from '#reader';
import type { AddedFile, ScannedFolder } from '../source/folder.ts';

/** Makes the module map of a folder that is scanned: `onFolder` of the scan, which adds it to the root. */
export function moduleMapper(): (folder: ScannedFolder) => AddedFile[] {
  const builder = new ModuleMapBuilder();
  return ({ path, entries, read }) => {
    const shown = path.length === 0 ? '' : mappedName(path);
    // Below a name that is not UTF-8, no specifier leads.
    if (shown === undefined) return [];
    const key = shown === '' ? '' : `/${shown}`;
    const mapped = entries.map(({ name, mode, oid }) => ({
      name,
      kind: kindOfMode(mode),
      id: oid,
    }));
    const own = entries.find(({ name }) => String(name) === 'package.json');
    if (own !== undefined && isFile(own.mode)) {
      const content = read(own);
      if (content.length <= MAX_PACKAGE_BYTES) builder.addPackage(key, content.toString('utf8'));
    }
    if (key !== '') {
      builder.addFolder(key, mapped);
      return [];
    }
    const text = builder.finish(mapped);
    return [{ name: Buffer.from(MODULE_MAP_NAME), content: Buffer.from(text) }];
  };
}

function isFile(mode: number): boolean {
  const kind = kindOfMode(mode);
  return kind === 'file' || kind === 'executable';
}
