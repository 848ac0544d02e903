/** A moment and the clock that it was read on, as a commit stores them. */
export interface CommitDate {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** `+hhmm` or `-hhmm`. */
  readonly zone: string;
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/**
 * The date in an RFC 3339 text; undefined if it is not valid, or before 1970, which git does not accept
 * in a commit. Fractions of a second are dropped.
 */
export function parseRfc3339(text: string): CommitDate | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [sign = '+', zoneHours = '00', zoneMinutes = '00'] = match.slice(7);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const dayExists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  // 60 is a leap second, which the count of seconds since 1970 does not have: it is the next one.
  if (!dayExists || hour > 23 || minute > 59 || second > 60) return undefined;
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return undefined;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  return seconds < 0 ? undefined : { seconds, zone: `${sign}${zoneHours}${zoneMinutes}` };
}

/** The present, on a clock that shows UTC; 1970 if the machine's clock stands before it. */
export function currentDate(): CommitDate {
  return { seconds: Math.max(0, Math.floor(Date.now() / 1000)), zone: '+0000' };
}
