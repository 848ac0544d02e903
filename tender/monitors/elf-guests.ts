// The code for unikernels in one module, which is loaded when one is run.
export { elfReader } from '../guests/elf/elf-reader.ts';
export { elfMonitor } from './elf-monitor.ts';
