import * as pako from 'pako';
import t from 'tap';
import { createInflater } from '#format';
import { createPakoInflater } from '../../image-tools/format/inflate/inflate-pako.ts';
import { inflaterContract } from './inflater.ts';

t.test('in WebAssembly', async (t) => inflaterContract(t, createInflater));
t.test('over pako', async (t) => inflaterContract(t, () => createPakoInflater(pako)));
