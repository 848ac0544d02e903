/** The kinds of device that a guest may declare (Solo5's manifest, version 1). */
export type DeviceType = 'BLOCK_BASIC' | 'NET_BASIC';

/** A device that a guest declares. */
export interface ManifestDevice {
  /** `[A-Za-z0-9]{1,67}`, unique in its manifest. */
  readonly name: string;
  readonly type: DeviceType;
}

/** What a guest needs, readable without running it. */
export interface Manifest {
  readonly type: 'solo5.manifest';
  readonly version: 1;
  readonly devices: readonly ManifestDevice[];
}

/** A guest file without a manifest, or with a malformed one. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  /** True where the file holds no manifest at all: it is no guest. */
  readonly absent: boolean;

  constructor(message: string, absent = false) {
    super(message);
    this.absent = absent;
  }
}

/** Solo5 reserves handle 0, so 63 of its 64 entries are a guest's. */
const MAX_DEVICES = 63;

const NAME = /^[A-Za-z0-9]{1,67}$/;
const OPEN = '/*solo5.manifest ';
const CLOSE = '*/';
/** 63 devices with the longest names stay far below this many characters. */
const MAX_LINE = 16_384;

function requireKeys(value: unknown, keys: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ManifestError(`${what} is not an object`);
  }
  const found = Object.keys(value);
  const unknown = found.find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    // The key is the guest's text: only what is harmless on a terminal is repeated.
    const shown = /^[\w.-]{1,64}$/.test(unknown) ? ` '${unknown}'` : '';
    throw new ManifestError(`${what}: unknown key${shown}`);
  }
  const missing = keys.find((key) => !found.includes(key));
  if (missing !== undefined) throw new ManifestError(`${what}: missing key '${missing}'`);
}

function parseDevice(value: unknown, index: number): ManifestDevice {
  const what = `device ${index}`;
  requireKeys(value, ['name', 'type'], what);
  const { name, type } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new ManifestError(`${what}: the name must be 1 to 67 letters and digits`);
  }
  if (type !== 'BLOCK_BASIC' && type !== 'NET_BASIC') {
    throw new ManifestError(`${what}: the type must be BLOCK_BASIC or NET_BASIC`);
  }
  return { name, type };
}

/**
 * Checks a manifest's JSON text: exactly the keys of version 1, at most 63 devices, unique names.
 * @throws {ManifestError}
 */
export function parseManifest(json: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ManifestError('it is not JSON');
  }
  requireKeys(value, ['type', 'version', 'devices'], 'the manifest');
  const { type, version, devices } = value as Record<string, unknown>;
  if (type !== 'solo5.manifest') throw new ManifestError("'type' must be 'solo5.manifest'");
  if (version !== 1) throw new ManifestError("'version' must be 1");
  if (!Array.isArray(devices)) throw new ManifestError("'devices' must be a list");
  if (devices.length > MAX_DEVICES) throw new ManifestError(`more than ${MAX_DEVICES} devices`);
  const parsed = devices.map(parseDevice);
  const names = new Set(parsed.map((device) => device.name));
  if (names.size !== parsed.length) throw new ManifestError('two devices have the same name');
  return { type, version, devices: parsed };
}

/**
 * Finds and checks the manifest of a guest file: its first line is the comment that
 * {@link encodeManifest} makes. Nothing of the guest is run.
 * @param source the file's text; only its first line is looked at
 * @throws {ManifestError} with `absent` set where the file does not begin with one
 */
export function parseGuestManifest(source: string): Manifest {
  if (!source.startsWith(OPEN)) throw new ManifestError('no manifest', true);
  const newline = source.indexOf('\n');
  const line = newline < 0 ? source : source.slice(0, newline);
  if (line.length > MAX_LINE) throw new ManifestError('its line is too long');
  const end = line.indexOf(CLOSE);
  if (end < 0) throw new ManifestError('its comment does not end on the first line');
  if (line.slice(end + CLOSE.length).trim() !== '') {
    throw new ManifestError('other text follows it on its line');
  }
  return parseManifest(line.slice(OPEN.length, end));
}

/** The first line of a guest file (without the newline) that declares `devices`. */
export function encodeManifest(devices: readonly ManifestDevice[]): string {
  const manifest: Manifest = { type: 'solo5.manifest', version: 1, devices };
  return OPEN + JSON.stringify(manifest) + CLOSE;
}
