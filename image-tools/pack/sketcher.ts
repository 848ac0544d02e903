import type { ObjectList } from '../source/objects.ts';
import { type Kernel, KernelMemory, SKETCH_SIZE } from './kernel.ts';
import { readContent } from './source-content.ts';

/**
 * The content sketches of the objects in `rows`, SKETCH_SIZE numbers each, one behind the other. Uses
 * all of the kernel's memory.
 * @throws ContentChangedError
 */
export function sketchObjects(
  kernel: Kernel,
  objects: ObjectList,
  rows: Uint32Array,
): Uint32Array<ArrayBuffer> {
  const areas = new KernelMemory(kernel);
  const out = areas.take(SKETCH_SIZE * 4);
  const content = areas.take(rows.reduce((most, row) => Math.max(most, objects.sizeOf(row)), 0));
  const memory = areas.view();
  const sketches = new Uint32Array(rows.length * SKETCH_SIZE);
  rows.forEach((row, i) => {
    const size = objects.sizeOf(row);
    readContent(objects, row, memory.subarray(content, content + size));
    kernel.sketch(content, size, out);
    sketches.set(new Uint32Array(memory.buffer, out, SKETCH_SIZE), i * SKETCH_SIZE);
  });
  return sketches;
}
