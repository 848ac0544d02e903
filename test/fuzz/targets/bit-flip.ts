import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FormatError } from '#format';
import { verifyImage } from '../../../image-tools/verify/verify.ts';
import { sample } from '../../fixtures/forged-sample.ts';
import { withPathIndex } from '../../fixtures/with-path-index.ts';
import { type FuzzTarget, insist } from '../target.ts';

/** One flipped bit, anywhere: all bytes of an image with a path index matter, its padding too. */
export function createBitFlipTarget(folder: string): FuzzTarget {
  const sound = withPathIndex(sample());
  const file = join(folder, 'flipped.img');
  writeFileSync(file, sound);
  function put(at: number, byte: number): void {
    const fd = openSync(file, 'r+');
    writeSync(fd, Uint8Array.of(byte), 0, 1, at);
    closeSync(fd);
  }
  return {
    name: 'bit-flip',
    async run(random) {
      const at = random.below(sound.length);
      const bit = random.below(8);
      const byte = sound[at] as number;
      put(at, byte ^ (1 << bit));
      let accepted = true;
      try {
        await verifyImage(file);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        accepted = false;
      } finally {
        put(at, byte);
      }
      insist(!accepted, `verify takes bit ${bit} of byte ${at} flipped`);
    },
  };
}
