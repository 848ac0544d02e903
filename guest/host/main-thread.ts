/** Whether this is the process's first thread. Node's module is loaded only for this: it brings streams with it. */
export function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}
