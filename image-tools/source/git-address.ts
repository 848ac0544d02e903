import { ToolError } from '../base/errors.ts';

/** An address without its password, which must not get into an argument list or a message. */
export interface GitAddress {
  /** For git and for people: with the user's name, without the password. */
  readonly address: string;
  readonly username: string;
  readonly password: string | undefined;
  /** What the login is for, as git tells it: the scheme, and the host with its port. */
  readonly protocol: string;
  readonly host: string;
}

const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@([^/?#]*)/i;

/**
 * Takes the password out of `https://user:password@host/path`.
 * @throws ToolError USAGE for a password that cannot be handed on; it is not in the message
 */
export function splitPassword(source: string): GitAddress {
  const match = USER_INFO.exec(source);
  const [whole = '', scheme = '', userInfo = '', host = ''] = match ?? [];
  const colon = userInfo.indexOf(':');
  if (colon === -1) {
    return { address: source, username: '', password: undefined, protocol: '', host: '' };
  }
  const name = userInfo.slice(0, colon);
  // git ends the name at the first @.
  const user = name === '' ? '' : `${name.replaceAll('@', '%40')}@`;
  const address = `${scheme}${user}${host}${source.slice(whole.length)}`;
  if (!/^https?:/i.test(scheme)) {
    throw new ToolError('USAGE', `${address}: only http and https take a password`);
  }
  const username = decodePart(name, address);
  const password = decodePart(userInfo.slice(colon + 1), address);
  // The lines that git's credential helpers speak in cannot hold these.
  if (/[\r\n\0]/.test(username + password)) {
    throw new ToolError('USAGE', `${address}: a line break in the name or password`);
  }
  const protocol = scheme.slice(0, -'://'.length);
  return { address, username, password, protocol, host: decodePart(host, address) };
}

function decodePart(text: string, address: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ToolError('USAGE', `${address}: the name or password is not valid percent-encoding`);
  }
}
