import type { CommandEntry } from './declaration.ts';

/**
 * Every command of docteur, in the order of the help. A new one is a file in `commands/` and an entry
 * here; its module is loaded only when it is run or explained.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'make',
    summary: 'packs a folder, an archive or a Git commit into a disk image',
    load: async () => (await import('./commands/make.ts')).make,
  },
  {
    name: 'verify',
    summary: 'checks a whole disk image, and prints the commit that it holds',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'index',
    summary: 'adds a path index to a disk image, or renews it',
    load: async () => (await import('./commands/index-image.ts')).index,
  },
  {
    name: 'ls',
    summary: 'lists what is in an image',
    load: async () => (await import('./commands/ls.ts')).ls,
  },
  {
    name: 'cat',
    summary: 'prints files of an image',
    load: async () => (await import('./commands/cat.ts')).cat,
  },
  {
    name: 'fetch',
    summary: 'copies a whole image from an address into a file',
    load: async () => (await import('./commands/fetch.ts')).fetch,
  },
  {
    name: 'extract',
    summary: 'takes files out of an image',
    load: async () => (await import('./commands/extract.ts')).extract,
  },
  {
    name: 'tar',
    summary: 'writes files of an image as a tar',
    load: async () => (await import('./commands/tar.ts')).tar,
  },
  {
    name: 'diff',
    summary: 'compares two images, or an image and a folder',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'info',
    summary: 'says what an image holds and where its bytes went',
    load: async () => (await import('./commands/info.ts')).info,
  },
  {
    name: 'find',
    summary: 'finds paths in an image by a glob',
    load: async () => (await import('./commands/find.ts')).find,
  },
  {
    name: 'browse',
    summary: 'shows images in a web browser',
    load: async () => (await import('./commands/browse.ts')).browse,
  },
  {
    name: 'export',
    summary: 'makes a Git repository or a bundle of an image',
    load: async () => (await import('./commands/export.ts')).exportImage,
  },
  {
    name: 'build',
    summary: 'bundles an app as a guest for the tender, or as a program',
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    name: 'run',
    summary: 'runs a guest in a sandbox, as the command tender does, or a Node app out of an image',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'pack-app',
    summary: 'packs a Node app with its node_modules, for docteur run',
    load: async () => (await import('./commands/pack-app.ts')).packApp,
  },
  {
    name: 'mount',
    summary: 'shows the files of an image in a folder, for every program',
    load: async () => (await import('./commands/mount.ts')).mount,
  },
  {
    name: 'umount',
    summary: 'takes a mounted image away',
    load: async () => (await import('./commands/umount.ts')).umount,
  },
  {
    name: 'serve',
    summary: 'serves disk images to virtual machines and other clients, read-only',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'completion',
    summary: 'prints completions for bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  {
    name: 'help',
    summary: 'explains a command',
    load: async () => (await import('./commands/help.ts')).help,
  },
];
