import type { Mutant } from '../fixtures/mutant.ts';

const GIT_CLIENT = ['test/unit/image-tools/source/git-client.test.ts'];
const LOGINS = ['test/e2e/git-logins.test.ts'];
const LISTING = ['test/unit/image-tools/source/commit-listing.test.ts'];

/** What a command reads is not what it writes. */
const inputs: Mutant[] = [
  {
    name: 'files: what is read is replaced by what is written',
    file: 'image-tools/files/output-file.ts',
    find: 'identityOf(stats) !== there) return;',
    replace: 'identityOf(stats) !== 0) return;',
    tests: ['test/e2e/same-file.test.ts'],
  },
  {
    name: "files: a build replaces the app's own source",
    file: 'guest/bundler/other-file.ts',
    find: 'if (identityOf(input) !== there) continue;',
    replace: 'continue;',
    tests: ['test/e2e/docteur-build.test.ts'],
  },
  {
    name: "files: a build removes a map of somebody else's",
    file: 'guest/bundler/map-beside.ts',
    find: '.startsWith(START)',
    replace: ".startsWith('')",
    tests: ['test/e2e/docteur-build.test.ts'],
  },
];

/** What git may do and be given. */
const git: Mutant[] = [
  {
    name: 'git: a login for whoever asks',
    file: 'image-tools/source/git-login.ts',
    find: 'test "$protocol $host" = "$${LOGIN_FOR}" && cat <&3',
    replace: 'cat <&3',
    tests: LOGINS,
  },
  {
    name: 'git: a header with a login goes wherever a server sends it',
    file: 'image-tools/source/git-login.ts',
    find: "['http.followRedirects', 'false'],",
    replace: '',
    tests: LOGINS,
  },
  {
    name: "git: the user's helpers are asked and told",
    file: 'image-tools/source/git-login.ts',
    find: "      ['credential.helper', ''],\n",
    replace: '',
    tests: LOGINS,
  },
  {
    name: 'git: a name with an @ moves the host',
    file: 'image-tools/source/git-address.ts',
    find: "name.replaceAll('@', '%40')",
    replace: 'name',
    tests: ['test/unit/image-tools/source/git-address.test.ts'],
  },
  {
    name: 'git: the environment may name another repository',
    file: 'image-tools/source/git-environment.ts',
    find: 'value !== undefined && !REPOSITORY_VARIABLES.has(name)',
    replace: 'value !== undefined',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: transports that run programs',
    file: 'image-tools/source/git-environment.ts',
    find: "  env.GIT_ALLOW_PROTOCOL = 'file:git:http:https:ssh';\n",
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: questions at the terminal',
    file: 'image-tools/source/git-environment.ts',
    find: "  env.GIT_TERMINAL_PROMPT = '0';\n",
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: an address that is an option of ls-remote',
    file: 'image-tools/source/git-ref.ts',
    find: "['ls-remote', '--quiet', '--', address, 'HEAD', ...candidates]",
    replace: "['ls-remote', '--quiet', address, 'HEAD', ...candidates]",
    tests: GIT_CLIENT,
  },
  {
    name: 'git: an address that is an option of fetch',
    file: 'image-tools/source/fetch-commit.ts',
    find: "['--depth=1', '--', address, ref.name]",
    replace: "['--depth=1', address, ref.name]",
    tests: GIT_CLIENT,
  },
  {
    name: 'helpers: memory without end',
    file: 'image-tools/helpers/limits.ts',
    find: 'ulimit -v "$1" 2>/dev/null\n',
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'helpers: files without end',
    file: 'image-tools/helpers/limits.ts',
    find: 'ulimit -f "$2" 2>/dev/null\n',
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'helpers: processor time without end',
    file: 'image-tools/helpers/limits.ts',
    find: 'ulimit -S -t "$3" 2>/dev/null\n',
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'helpers: time without end',
    file: 'image-tools/helpers/watch.ts',
    find: "if (total !== 0) after(total, 'late');",
    replace: '',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: words without end',
    file: 'image-tools/helpers/collect.ts',
    find: 'if (size > most) onTooMuch();',
    replace: 'if (size < 0) onTooMuch();',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: contents of any size',
    file: 'image-tools/source/spool.ts',
    find: 'if (contentBytes > maxBytes) {',
    replace: 'if (contentBytes < 0) {',
    tests: GIT_CLIENT,
  },
  {
    name: 'git: paths without end',
    file: 'image-tools/source/commit-listing.ts',
    find: 'if (paths > MAX_PATHS) {',
    replace: 'if (paths < 0) {',
    tests: LISTING,
  },
];

const SWAPPED = ['test/unit/image-tools/files/swapped-folders.test.ts'];
const WITHOUT_PROC = ['test/unit/image-tools/files/without-proc.test.ts'];
const DISKS = ['test/e2e/hostile-disks.test.ts'];

/** What somebody may swap while it is read or written. */
const folders: Mutant[] = [
  {
    name: 'files: a folder that is a link is entered',
    file: 'image-tools/files/folder-handle.ts',
    find: "O_DIRECTORY | O_PATH | (links === 'refuse' ? O_NOFOLLOW : 0)",
    replace: "O_DIRECTORY | (links === 'refuse' ? O_PATH : O_PATH)",
    tests: SWAPPED,
  },
  {
    name: 'files: a file that is a link is opened',
    file: 'image-tools/files/folder-handle.ts',
    find: "flags | (links === 'refuse' ? O_NOFOLLOW : 0)",
    replace: "flags | (links === 'refuse' ? 0 : O_NOFOLLOW)",
    tests: SWAPPED,
  },
  {
    name: 'files: paths instead of descriptors',
    file: 'image-tools/files/folder-handle.ts',
    find: 'hasDescriptorPaths(fd) ?',
    replace: 'hasDescriptorPaths(fd) && fd < 0 ?',
    tests: SWAPPED,
  },
  {
    name: 'files: more than one name at a time',
    file: 'image-tools/files/folder-handle.ts',
    find: 'if (name !== DOT) checkName(name);',
    replace: 'if (name.length === 0) checkName(name);',
    tests: SWAPPED,
  },
  {
    name: 'files: without descriptor paths, any folder at the path will do',
    file: 'image-tools/files/folder-handle.ts',
    find: 'stats !== undefined && identityOf(stats) === this.#identity',
    replace: 'stats !== undefined',
    tests: WITHOUT_PROC,
  },
  {
    name: 'files: another root is read again',
    file: 'image-tools/files/folder-reader.ts',
    find: 'if (root.identity === this.#identity) return root;',
    replace: "if (root.identity !== '') return root;",
    tests: SWAPPED,
  },
  {
    name: 'files: what is no file any more is read again',
    file: 'image-tools/pack/source-content.ts',
    find: '!stats.isFile() || stats.size',
    replace: 'stats.size',
    tests: SWAPPED,
  },
  {
    name: 'files: another file is renamed in our place',
    file: 'image-tools/files/output-file.ts',
    find: '    checkSame(fd, workplace, name);\n',
    replace: '',
    tests: SWAPPED,
  },
  {
    name: "files: permissions of a link's target are taken",
    file: 'image-tools/files/output-file.ts',
    find: 'if (old?.isFile())',
    replace: 'if (old !== undefined)',
    tests: SWAPPED,
  },
  {
    name: 'files: links that others put where everybody may',
    file: 'image-tools/files/output-place.ts',
    find: 'if (!shared || ours || link.uid === above.uid) return;',
    replace: 'if (!shared || ours || link.uid !== above.uid) return;',
    tests: SWAPPED,
  },
  {
    name: 'files: a folder for temporary files that anybody may swap',
    file: 'image-tools/files/temporary-folder.ts',
    find: '(mode & WORLD_WRITABLE) !== 0n && (mode & STICKY) === 0n',
    replace: '(mode & WORLD_WRITABLE) !== 0n && (mode & STICKY) === 1n',
    tests: SWAPPED,
  },
  {
    name: 'files: a temporary folder that was swapped',
    file: 'image-tools/files/temporary-folder.ts',
    find: 'if (there !== undefined && identityOf(there) === folder.identity) return;',
    replace: 'if (there !== undefined) return;',
    tests: SWAPPED,
  },
];

/** What a disk's header may name, and how large a disk may be. */
const disks: Mutant[] = [
  {
    name: 'disks: a qcow2 on top of another file',
    file: 'image-tools/disk/headers/qcow2.ts',
    find: 'if (header.readBigUInt64BE(8) !== 0n) throw notAlone();',
    replace: '',
    tests: DISKS,
  },
  {
    name: 'disks: a qcow2 with its data in another file',
    file: 'image-tools/disk/headers/qcow2.ts',
    find: 'if ((features & EXTERNAL_DATA) !== 0n) throw notAlone();',
    replace: 'if (features < 0n) throw notAlone();',
    tests: DISKS,
  },
  {
    name: 'disks: a VMDK without a size, whose text names other files',
    file: 'image-tools/disk/headers/vmdk.ts',
    find: 'if (sizes.includes(0)) throw notAlone();',
    replace: '',
    tests: DISKS,
  },
  {
    name: "disks: a VMDK's second header",
    file: 'image-tools/disk/headers/vmdk.ts',
    find: 'if (first.directory === AT_END) {',
    replace: 'if (first.directory < 0n) {',
    tests: DISKS,
  },
  {
    name: 'disks: a VMDK with a parent',
    file: 'image-tools/disk/headers/vmdk.ts',
    find: 'for (const offset of [DESCRIPTOR_OFFSET, first.descriptor]) checkDescriptor(source, offset);',
    replace: '',
    tests: DISKS,
  },
  {
    name: 'disks: a VDI with a parent',
    file: 'image-tools/disk/headers/vdi.ts',
    find: 'some((byte) => byte !== 0)',
    replace: 'some((byte) => byte > 255)',
    tests: DISKS,
  },
  {
    name: 'disks: a VHDX with a parent',
    file: 'image-tools/disk/headers/vhdx.ts',
    find: 'if (isChild || items.has(PARENT_LOCATOR)) throw notAlone();',
    replace: 'if (isChild && items.has(PARENT_LOCATOR)) throw notAlone();',
    tests: DISKS,
  },
  {
    name: 'disks: a VHDX with a table of any length',
    file: 'image-tools/disk/headers/vhdx.ts',
    find: 'if (count > MAX_ENTRIES) throw',
    replace: 'if (count < 0) throw',
    tests: DISKS,
  },
  {
    name: 'disks: any size, whatever the file',
    file: 'image-tools/disk/disk-size.ts',
    find: 'if (size <= most) return size;',
    replace: 'if (size <= most || size > 0) return size;',
    tests: DISKS,
  },
  {
    name: 'disks: no look at the room that there is',
    file: 'image-tools/disk/disk-format.ts',
    find: 'if (size <= bavail * bsize) return;',
    replace: 'if (size <= bavail * bsize || size > 0) return;',
    tests: DISKS,
  },
  {
    name: 'disks: one that changes behind its header',
    file: 'image-tools/disk/disk-format.ts',
    find: 'if (after.ctimeNs !== before.ctimeNs || after.size !== before.size) {',
    replace: 'if (after.size < 0n) {',
    tests: DISKS,
  },
  {
    name: 'disks: qemu-img may write what it likes',
    file: 'image-tools/disk/qemu-img.ts',
    find: 'fileSize: size + SPARE_SIZE,',
    replace: 'fileSize: 2 ** 50,',
    tests: DISKS,
  },
  {
    name: 'disks: qemu-img gets paths',
    file: 'image-tools/disk/qemu-img.ts',
    find: 'folder === undefined ?',
    replace: "folder !== '' ?",
    tests: DISKS,
  },
];

/** Folders that are read by threads. */
const threads: Mutant[] = [
  {
    name: 'folders: what a thread could not read counts as read',
    file: 'image-tools/source/folder.ts',
    find: 'if (found.kinds[i] === FILE_UNKNOWN) enterFound',
    replace: 'if (found.kinds[i] === 99) enterFound',
    tests: ['test/unit/image-tools/source/folder.test.ts'],
  },
];

export const mutants: Mutant[] = [...inputs, ...git, ...folders, ...disks, ...threads];
