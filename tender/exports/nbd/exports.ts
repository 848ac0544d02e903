import type { CheckedDevice } from '../../block/filters/checked.ts';

/** A disk that clients may read. */
export interface ExportOptions {
  /** What clients ask for; the first export is also the one without a name. */
  readonly name: string;
  /** What it is, for people. */
  readonly description: string;
  /** Closed once it is replaced and no connection reads it any more. */
  readonly device: CheckedDevice;
}

/** One generation of an export: connections that began with it end with it. */
export class NbdExport {
  readonly name: string;
  readonly description: string;
  readonly device: CheckedDevice;
  #users = 0;
  #retired = false;

  constructor({ name, description, device }: ExportOptions) {
    this.name = name;
    this.description = description;
    this.device = device;
  }

  /** Bytes. */
  get size(): number {
    return this.device.capacity * this.device.sectorSize;
  }

  /** A connection reads it from now on. */
  acquire(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    this.#closeIfUnused();
  }

  /** No connection begins with it any more. */
  retire(): void {
    this.#retired = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#retired && this.#users === 0) this.device.close();
  }
}

/** All that a server has to offer. */
export class ExportList {
  #all: readonly NbdExport[] = [];

  /** Puts others in their place: connections that exist go on with what they have. */
  replace(exports: readonly ExportOptions[]): void {
    const old = this.#all;
    this.#all = exports.map((one) => new NbdExport(one));
    for (const one of old) one.retire();
  }

  get all(): readonly NbdExport[] {
    return this.#all;
  }

  /** Undefined where there is none; the empty name is the first one's. */
  find(name: string): NbdExport | undefined {
    return name === '' ? this.#all[0] : this.#all.find((one) => one.name === name);
  }
}
