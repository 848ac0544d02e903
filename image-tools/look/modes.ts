import { MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_SUBMODULE, MODE_TREE } from '#format';
import type { Kind } from '#reader';

/** Git's modes by kind. */
export const MODES: Readonly<Record<Kind, number>> = {
  file: MODE_FILE,
  executable: MODE_EXECUTABLE,
  directory: MODE_TREE,
  link: MODE_LINK,
  submodule: MODE_SUBMODULE,
};

/** The permissions that files of an image have outside. */
export const PERMISSIONS: Readonly<Record<Kind, number>> = {
  file: 0o644,
  executable: 0o755,
  directory: 0o755,
  link: 0o777,
  submodule: 0o755,
};
