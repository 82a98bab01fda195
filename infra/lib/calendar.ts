// Days on which no D is expected: New York's full holidays, by rule. Where Numerai opens a round all the same, the
// data set is a day ahead of what is expected, which alarms nobody.
const DAY = 86_400_000;

const utc = (year: number, month: number, day: number): Date => new Date(Date.UTC(year, month - 1, day));
const text = (date: Date): string => date.toISOString().slice(0, 10);

/** The nth Monday (weekday 1) and so on of a month; -1 is its last. */
function nth(year: number, month: number, weekday: number, n: number): Date {
  if (n < 0) {
    const end = utc(year, month + 1, 0);
    return new Date(end.getTime() - ((end.getUTCDay() - weekday + 7) % 7) * DAY);
  }
  const begin = utc(year, month, 1);
  return new Date(begin.getTime() + (((weekday - begin.getUTCDay() + 7) % 7) + 7 * (n - 1)) * DAY);
}

/** Easter Sunday by the Gregorian computus. */
function easter(year: number): Date {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return utc(year, Math.floor(f / 31), (f % 31) + 1);
}

/** On a Saturday it is held on Friday, on a Sunday on Monday; New Year's Day on a Saturday not at all. */
function observed(date: Date, fridays = true): Date | undefined {
  if (date.getUTCDay() === 6) return fridays ? new Date(date.getTime() - DAY) : undefined;
  return date.getUTCDay() === 0 ? new Date(date.getTime() + DAY) : date;
}

export function newYorkHolidays(year: number): string[] {
  return [
    observed(utc(year, 1, 1), false),
    nth(year, 1, 1, 3),
    nth(year, 2, 1, 3),
    new Date(easter(year).getTime() - 2 * DAY),
    nth(year, 5, 1, -1),
    observed(utc(year, 6, 19)),
    observed(utc(year, 7, 4)),
    nth(year, 9, 1, 1),
    nth(year, 11, 4, 4),
    observed(utc(year, 12, 25)),
  ]
    .filter((date) => date !== undefined)
    .map(text);
}

/** As far as the watch knows; a later release of the app brings later years. */
export const QUIET_DATES: readonly string[] = Array.from({ length: 10 }, (_, i) => newYorkHolidays(2026 + i)).flat();
