import type { GitAddress } from './git-address.ts';

/** The variable that tells the helper below what the login is for. */
const LOGIN_FOR = 'DOCTEUR_LOGIN_FOR';

/**
 * A credential helper of git's: answers with the name and the password that stand on descriptor 3, once,
 * if git asks for the scheme, host and port of the address. Where a server sends git to another place, or
 * a proxy wants a login, git asks for that one, and gets no answer.
 */
const HELPER = `!f() {
test "$1" = get || return 0
while IFS= read -r line && test -n "$line"; do
case $line in protocol=*) protocol=$line ;; host=*) host=$line ;; esac
done
test "$protocol $host" = "$${LOGIN_FOR}" && cat <&3
}; f`;

/** How git gets a login: what its settings say, and what stands on its descriptor 3. */
export interface GitLogin {
  readonly settings: readonly (readonly [key: string, value: string])[];
  readonly descriptor: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * How git logs in at `remote`; undefined if its address has no password. Neither an argument nor a file
 * ever holds the password, and no helper of the user's is asked, or told to keep what we give.
 */
export function loginOf(remote: GitAddress): GitLogin | undefined {
  const { username, password, protocol, host } = remote;
  if (password === undefined) return undefined;
  if (username === '') return headerLogin(password);
  return {
    settings: [
      ['credential.helper', ''],
      ['credential.helper', HELPER],
    ],
    descriptor: `username=${username}\npassword=${password}\n`,
    environment: { [LOGIN_FOR]: `protocol=${protocol} host=${host}` },
  };
}

/**
 * git sends no password of nobody that a helper gives: the header itself then, sent at once and
 * wherever git goes, so that it must not be sent anywhere.
 */
function headerLogin(password: string): GitLogin {
  const login = Buffer.from(`:${password}`).toString('base64');
  return {
    settings: [
      ['http.extraHeader', `Authorization: Basic ${login}`],
      ['http.followRedirects', 'false'],
    ],
    descriptor: undefined,
    environment: {},
  };
}
