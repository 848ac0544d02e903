// Walks the trees below one: decodes them where the host has put them, finds the directories in them
// by the IDX, and numbers these. What is not plain is left to the host, faults too: nothing is said
// of them here.
import { applyDelta } from './delta.ts';
import { endAfter, find, NOWHERE, offsetOf, placeAt, placeOf } from './idx.ts';
import { INPUT_SIZE, MAX_LISTED, OUTPUT, OUTPUT_MARGIN } from './memory-map.ts';
import { inflateDelta, inflateWhole } from './stream.ts';
import { listDirectories, startTree } from './tree.ts';

const OID_LENGTH: u32 = 20;
const TREE: u32 = 2;
const OFS_DELTA: u32 = 6;
/** What zlib can make of a byte. */
const MAX_EXPANSION: u64 = 1032;
/** A size of 32 bits takes no more groups of seven. */
const LAST_SHIFT: u32 = 25;
/** Nor does a distance of 53 bits. */
const MAX_DISTANCE_LENGTH: u32 = 8;
/** Reading so many unneeded bytes costs less than another read. */
const MAX_GAP: f64 = 0x2000;
const PAGE: u64 = 0x10000;
/** No other directory is held for the same base. */
const LAST: u32 = 0xffffffff;
const NOBODY: u32 = 0xffffffff;

/** By the place of its entry, which a forged IDX can give to many ids: a directory's number, counted from 1. */
let numbers: u32 = 0;
/** By directory: its id, where its entry begins and must end, where its tree begins and ends. */
let oids: u32 = 0;
let entryStarts: u32 = 0;
let entryEnds: u32 = 0;
let treeStarts: u32 = 0;
let treeEnds: u32 = 0;
/** The directories that have others in them. */
let parents: u32 = 0;
/** The directories that were read before and are read once more with those that come next. */
let waiting: u32 = 0;
/** By the place of an entry: the first directory whose tree is a delta of it and is held; counted from 1. */
let held: u32 = 0;
/** By directory that is held: the next one with the same base, counted from 1, or LAST. */
let heldNext: u32 = 0;
/** The directories whose trees come next, in the order of their entries. */
let order: u32 = 0;
/** By run of these entries: f64[2], where it begins and ends, and how many of them come before its end. */
let runs: u32 = 0;
let runEnds: u32 = 0;
/** The trees, one after the other, where the next one goes, and how large one or all may be. */
let trees: u32 = 0;
let next: u32 = 0;
let maxTree: u32 = 0;
let maxTrees: u64 = 0;

let directories: u32 = 0;
let parentCount: u32 = 0;
let waitingCount: u32 = 0;
/** The first directory that was not planned to be read. */
let unplanned: u32 = 0;
let heldCount: u32 = 0;
/** All directories before it are decoded, once nothing is left but what is held. */
let firstHeld: u32 = 0;
/** The one that is not held again, whatever it needs. */
let forced: u32 = NOBODY;
let reached: u32 = 0;

/**
 * Begins a walk with the tables at these addresses, of one row for each object, `runs` of two; zeros
 * at `numbers`, `held` and `heldNext`. Trees stand from `trees` on, as far as memory goes.
 */
export function startWalk(
  newNumbers: u32,
  newOids: u32,
  newEntryStarts: u32,
  newEntryEnds: u32,
  newTreeStarts: u32,
  newTreeEnds: u32,
  newParents: u32,
  newWaiting: u32,
  newHeld: u32,
  newHeldNext: u32,
  newOrder: u32,
  newRuns: u32,
  newRunEnds: u32,
  newTrees: u32,
  newMaxTree: u32,
  newMaxTrees: u32,
): void {
  numbers = newNumbers;
  oids = newOids;
  entryStarts = newEntryStarts;
  entryEnds = newEntryEnds;
  treeStarts = newTreeStarts;
  treeEnds = newTreeEnds;
  parents = newParents;
  waiting = newWaiting;
  held = newHeld;
  heldNext = newHeldNext;
  order = newOrder;
  runs = newRuns;
  runEnds = newRunEnds;
  trees = next = newTrees;
  maxTree = newMaxTree;
  maxTrees = newMaxTrees;
}

/** How many directories were found. */
export function directoryCount(): u32 {
  return directories;
}

/** The number of the directory whose id stands at `oid`, found now or before; -1 where the IDX has none. */
export function directoryAt(oid: u32): i32 {
  const row = find(oid);
  if (row < 0) return -1;
  const offset = offsetOf(row);
  if (offset === NOWHERE) return -1;
  const slot = numbers + 4 * placeOf(offset);
  const known = load<u32>(slot);
  if (known !== 0) return known - 1;
  const number = directories;
  directories += 1;
  store<u32>(slot, directories);
  memory.copy(oids + OID_LENGTH * number, oid, OID_LENGTH);
  store<f64>(entryStarts + 8 * number, <f64>offset);
  store<f64>(entryEnds + 8 * number, <f64>endAfter(offset));
  return number;
}

function directoryIn(place: u32): u32 {
  return load<u32>(order + 4 * place);
}

function entryStart(place: u32): f64 {
  return load<f64>(entryStarts + 8 * directoryIn(place));
}

function entryEnd(place: u32): f64 {
  return load<f64>(entryEnds + 8 * directoryIn(place));
}

/** Lets the directory at `place` of a heap of `count` sink to where none below it stands further back. */
function sink(start: u32, count: u32): void {
  let place = start;
  const number = directoryIn(place);
  const key = load<f64>(entryStarts + 8 * number);
  for (;;) {
    let child: u32 = 2 * place + 1;
    if (child >= count) break;
    if (child + 1 < count && entryStart(child + 1) > entryStart(child)) child += 1;
    if (entryStart(child) <= key) break;
    store<u32>(order + 4 * place, directoryIn(child));
    place = child;
  }
  store<u32>(order + 4 * place, number);
}

/** Puts the `count` directories of the order into that of their entries: heapsort. */
function sortOrder(count: u32): void {
  for (let start = count >> 1; start > 0; start--) sink(start - 1, count);
  for (let last = count; last > 1; ) {
    last -= 1;
    const first = directoryIn(0);
    store<u32>(order, directoryIn(last));
    store<u32>(order + 4 * last, first);
    sink(0, last);
  }
}

/** The first directory that is held, which the host has to read: where only such are left, each needs another. */
function forceFirst(): u32 {
  if (heldCount === 0) return 0;
  while (load<u32>(heldNext + 4 * firstHeld) === 0 || isDecoded(firstHeld)) firstHeld += 1;
  forced = firstHeld;
  heldCount -= 1;
  store<u32>(order, forced);
  return 1;
}

/**
 * Plans to read the trees of all directories found since the last plan, and of those that waited; gives the number
 * of runs. A directory is planned three times at most, however deltas depend on each other: as it is found, with a
 * base that is found meanwhile, and when its base is decoded.
 */
export function planRuns(): u32 {
  let count = waitingCount;
  memory.copy(order, waiting, 4 * count);
  waitingCount = 0;
  forced = NOBODY;
  for (; unplanned < directories; unplanned++) {
    store<u32>(order + 4 * count, unplanned);
    count += 1;
  }
  if (count === 0) count = forceFirst();
  sortOrder(count);
  let run: u32 = 0;
  for (let place: u32 = 0; place < count; ) {
    const start = entryStart(place);
    let end = min(entryEnd(place), start + INPUT_SIZE);
    for (place += 1; place < count; place++) {
      const stop = entryEnd(place);
      if (entryStart(place) - end > MAX_GAP || stop - start > INPUT_SIZE) break;
      end = max(end, stop);
    }
    store<f64>(runs + 16 * run, start);
    store<f64>(runs + 16 * run + 8, end);
    store<u32>(runEnds + 4 * run, place);
    run += 1;
  }
  return run;
}

/** Makes room for a tree of `size` bytes; its address, or 0 where that is too much. */
export function reserve(size: u32): u32 {
  if (size > maxTree || <u64>(next - trees) + size > maxTrees) return 0;
  const stop = <u64>next + size + OUTPUT_MARGIN;
  const held = <u64>memory.size() * PAGE;
  // Twice as much as the trees take, where there is as much.
  if (stop > held) {
    const wanted = stop - held + (next - trees);
    if (
      memory.grow(<i32>((wanted + PAGE - 1) / PAGE)) < 0 &&
      memory.grow(<i32>((stop - held + PAGE - 1) / PAGE)) < 0
    ) {
      return 0;
    }
  }
  return next;
}

/**
 * Takes the tree of `size` bytes that stands at the address that was reserved. False if it is not a tree, or
 * names what is missing.
 */
export function takeTree(directory: u32, size: u32): bool {
  const address = next;
  startTree(address, size);
  let hasDirectories = false;
  for (let count: i32 = MAX_LISTED; count === MAX_LISTED; ) {
    count = listDirectories();
    if (count < 0) return false;
    if (count > 0) hasDirectories = true;
    for (let i: i32 = 0; i < count; i++) {
      if (directoryAt(address + load<u32>(OUTPUT + 4 * i)) < 0) return false;
    }
  }
  if (hasDirectories) {
    store<u32>(parents + 4 * parentCount, directory);
    parentCount += 1;
  }
  store<u32>(treeStarts + 4 * directory, address - trees);
  next = address + size;
  store<u32>(treeEnds + 4 * directory, next - trees);
  if (heldCount > 0) release(placeOf(<u64>load<f64>(entryStarts + 8 * directory)));
  return true;
}

/** A tree ends at 0 if it has no bytes; the first one, without any other, is nobody's base. */
function isDecoded(directory: u32): bool {
  return load<u32>(treeEnds + 4 * directory) !== 0;
}

/** Lets a directory wait until the entry at `place` is decoded. */
function hold(directory: u32, place: u32): void {
  const first = load<u32>(held + 4 * place);
  store<u32>(heldNext + 4 * directory, first === 0 ? LAST : first);
  store<u32>(held + 4 * place, directory + 1);
  heldCount += 1;
}

/** Lets the next plan have what was held for the entry at `place`, but for what the host has read. */
function release(place: u32): void {
  let number = load<u32>(held + 4 * place);
  if (number === 0) return;
  store<u32>(held + 4 * place, 0);
  while (number !== LAST) {
    const directory = number - 1;
    number = load<u32>(heldNext + 4 * directory);
    store<u32>(heldNext + 4 * directory, 0);
    if (isDecoded(directory)) continue;
    heldCount -= 1;
    store<u32>(waiting + 4 * waitingCount, directory);
    waitingCount += 1;
  }
}

/**
 * Writes the number of each directory over its id, in all trees. To be called once, at the end: until then, trees
 * are what deltas are applied to.
 */
export function numberTrees(): void {
  for (let parent: u32 = 0; parent < parentCount; parent++) {
    const directory = load<u32>(parents + 4 * parent);
    const address = trees + load<u32>(treeStarts + 4 * directory);
    startTree(address, trees + load<u32>(treeEnds + 4 * directory) - address);
    for (let count: i32 = MAX_LISTED; count === MAX_LISTED; ) {
      count = listDirectories();
      for (let i: i32 = 0; i < count; i++) {
        const oid = address + load<u32>(OUTPUT + 4 * i);
        store<u32>(oid, bswap(<u32>directoryAt(oid)));
      }
    }
  }
}

/**
 * Decodes the tree of a directory out of the bytes from `start` to `stop`; false where that is not plain. A delta
 * whose base is still to come waits for it.
 */
function decodeTree(directory: u32, start: u32, stop: u32): bool {
  let byte: u32 = load<u8>(start);
  let at = start + 1;
  const type = (byte >> 4) & 7;
  if (type !== TREE && type !== OFS_DELTA) return false;
  let size = byte & 15;
  for (let shift: u32 = 4; byte >= 128; shift += 7) {
    if (at >= stop || shift > LAST_SHIFT) return false;
    byte = load<u8>(at);
    at += 1;
    size |= (byte & 127) << shift;
  }
  if (type === OFS_DELTA) return decodeDelta(directory, at, stop, size);
  if (<u64>size > MAX_EXPANSION * (stop - at)) return false;
  const address = reserve(size);
  if (address === 0) return false;
  inflateWhole(at, stop, address, size);
  return takeTree(directory, size);
}

/** The same of a delta of `size` bytes, from where its base is named. */
function decodeDelta(directory: u32, start: u32, stop: u32, size: u32): bool {
  let at = start;
  let distance: u64 = 0;
  for (let byte: u32 = 128; byte >= 128; at += 1) {
    if (at >= stop || at - start >= MAX_DISTANCE_LENGTH) return false;
    byte = load<u8>(at);
    distance = ((distance + (at > start ? 1 : 0)) << 7) | (byte & 127);
  }
  const offset = <u64>load<f64>(entryStarts + 8 * directory);
  if (distance === 0 || distance >= offset) return false;
  const place = placeAt(offset - distance);
  if (place < 0) return false;
  const base: u32 = load<u32>(numbers + 4 * place) - 1;
  if (base === NOBODY || !isDecoded(base)) {
    if (directory === forced) return false;
    if (base === NOBODY || base < unplanned) {
      hold(directory, place);
    } else {
      // Found since the last plan: the next one has it, and bases stand before what needs them.
      store<u32>(waiting + 4 * waitingCount, directory);
      waitingCount += 1;
    }
    return true;
  }
  const baseEnd = load<u32>(treeEnds + 4 * base);
  const result = inflateDelta(at, stop, OUTPUT, size);
  if (result > <f64>maxTree) return false;
  const address = reserve(<u32>result);
  if (address === 0) return false;
  const baseStart = load<u32>(treeStarts + 4 * base);
  applyDelta(trees + baseStart, baseEnd - baseStart, address, <u32>result);
  return takeTree(directory, <u32>result);
}

/**
 * Decodes the trees at the places from `place` to `end` of the order out of the bytes from `address` to
 * `stop`, which are those of the PACK from `offset` on. {@link reachedPlace} is where it ends, also when
 * it fails: all before are decoded, or wait.
 */
export function decodeRun(place: u32, end: u32, offset: f64, address: u32, stop: u32): void {
  for (reached = place; reached < end; reached++) {
    const start = entryStart(reached) - offset;
    const entryStop = entryEnd(reached) - offset;
    if (start < 0 || entryStop > <f64>(stop - address)) return;
    const directory = directoryIn(reached);
    if (!decodeTree(directory, address + <u32>start, address + <u32>entryStop)) return;
  }
}

/** The first place that the last {@link decodeRun} has not decoded. */
export function reachedPlace(): u32 {
  return reached;
}

/** The address after the trees. */
export function treesEnd(): u32 {
  return next;
}
