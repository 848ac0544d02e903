import type { Mutant } from '../fixtures/mutant.ts';

const GIT_CLIENT = ['test/unit/image-tools/source/git-client.test.ts'];
const LOGINS = ['test/e2e/git-logins.test.ts'];
const LISTING = ['test/unit/image-tools/source/commit-listing.test.ts'];

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
    file: 'image-tools/source/repository.ts',
    find: "[...here, '--', address]",
    replace: '[...here, address]',
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
    name: 'git: paths without end',
    file: 'image-tools/source/commit-listing.ts',
    find: 'if (paths > MAX_PATHS) {',
    replace: 'if (paths < 0) {',
    tests: LISTING,
  },
];

export const mutants: Mutant[] = [...git];
