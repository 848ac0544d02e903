import t from 'tap';
import { createInflater, createPakoInflater } from '#format';
import { inflaterContract } from './inflater.ts';

t.test('in WebAssembly', async (t) => inflaterContract(t, createInflater));
t.test('over pako', async (t) => inflaterContract(t, createPakoInflater));
