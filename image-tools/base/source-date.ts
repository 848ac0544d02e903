import { ToolError } from './errors.ts';
import { type CommitDate, currentDate } from './rfc3339.ts';

/** Seconds that a date may have in digits: more than any calendar needs. */
const SECONDS = /^\d{1,12}$/;

/**
 * The default date of a commit: `SOURCE_DATE_EPOCH`, which reproducible builds set
 * (https://reproducible-builds.org/specs/source-date-epoch/), or else the present.
 * @throws ToolError USAGE if SOURCE_DATE_EPOCH is not a number of seconds
 */
export function defaultDate(env: NodeJS.ProcessEnv = process.env): CommitDate {
  const text = env.SOURCE_DATE_EPOCH ?? '';
  if (text === '') return currentDate();
  if (SECONDS.test(text)) return { seconds: Number(text), zone: '+0000' };
  throw new ToolError('USAGE', `SOURCE_DATE_EPOCH=${text}: not a number of seconds since 1970`);
}
