// All that unikernels need, in one module: it is loaded when one is to be run.
export { elfReader } from '../guests/elf/elf-reader.ts';
export { elfMonitor } from './elf-monitor.ts';
