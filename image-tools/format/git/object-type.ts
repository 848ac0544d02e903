/** The kinds of object, numbered as PACK entries number them. */
export const OBJECT_COMMIT = 1;
export const OBJECT_TREE = 2;
export const OBJECT_BLOB = 3;
export const OBJECT_TAG = 4;
export type ObjectType =
  | typeof OBJECT_COMMIT
  | typeof OBJECT_TREE
  | typeof OBJECT_BLOB
  | typeof OBJECT_TAG;

/** Entries that hold a delta: against an entry before them, or against an object by its id. */
export const ENTRY_OFS_DELTA = 6;
export const ENTRY_REF_DELTA = 7;
/** What an entry of a PACK holds, as its header says: an object, or a delta. */
export type EntryType = ObjectType | typeof ENTRY_OFS_DELTA | typeof ENTRY_REF_DELTA;

/** Git's names of the types, as the text that an object's id is computed over begins with them. */
export const TYPE_NAMES: Readonly<Record<ObjectType, string>> = {
  [OBJECT_COMMIT]: 'commit',
  [OBJECT_TREE]: 'tree',
  [OBJECT_BLOB]: 'blob',
  [OBJECT_TAG]: 'tag',
};
