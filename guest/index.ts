// What an app imports, for every target.
export { concatBytes } from '#format';
export type { App, Host } from './app/app.ts';
export {
  IMAGE_FLAGS,
  IMAGE_OPTIONS,
  type ImageArguments,
  openImage,
  writeFile,
  writeOpenFile,
} from './app/open-image.ts';
export { parseOptions, UsageError } from './app/options.ts';
export { EXIT } from './app/run-app.ts';
export * from './names.ts';
export { mount } from './reader/index.ts';
