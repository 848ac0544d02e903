import { TenderError } from '../base/errors.ts';
import type { RunGuestOptions } from './run-guest-options.ts';

type Name = keyof RunGuestOptions;

/**
 * Refuses options of a type that TypeScript would refuse. The range of a number is checked where it is used.
 * @throws {TenderError}
 */
export function checkRunOptions(options: RunGuestOptions): void {
  if (typeof options?.guest !== 'string')
    throw wrong('guest', 'the path of a file', options?.guest);
  const kinds: readonly [Name, words: string, isRight: (value: unknown) => boolean][] = [
    ['arguments', 'an array of texts', isArrayOfTexts],
    ['devices', 'an object of devices', isObject],
    ['memory', 'a number of MiB', isNumber],
    ['cpuSeconds', 'a number of seconds', isNumber],
    ['codeCache', 'a boolean', (value) => typeof value === 'boolean'],
    [
      'consoleFd',
      'a file descriptor',
      (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    ],
    ['signal', 'an AbortSignal', (value) => value instanceof AbortSignal],
  ];
  for (const [name, words, isRight] of kinds) {
    if (options[name] !== undefined && !isRight(options[name]))
      throw wrong(name, words, options[name]);
  }
  for (const [name, device] of Object.entries(options.devices ?? {})) {
    if (!isDevice(device)) throw wrong(`devices.${name}`, 'a device', device);
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isArrayOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The manifest says of which kind each device is. */
function isDevice(value: unknown): boolean {
  return isObject(value) && typeof (value as { close?: unknown }).close === 'function';
}

function wrong(name: string, words: string, value: unknown): TenderError {
  const given = typeof value === 'string' ? `'${value}'` : String(value);
  return new TenderError(`option '${name}' must be ${words}, not ${given}`);
}
