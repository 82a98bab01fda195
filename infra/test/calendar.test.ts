import assert from "node:assert/strict";
import { it } from "node:test";
import { newYorkHolidays, QUIET_DATES } from "../lib/calendar";

// As the exchange has announced or kept them.
const KNOWN: Record<number, string> = {
  2021: "01-01 01-18 02-15 04-02 05-31 06-18 07-05 09-06 11-25 12-24",
  2022: "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26",
  2023: "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25",
  2024: "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25",
  2026: "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25",
  2027: "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
};

it("New York's holidays follow from their rules", () => {
  for (const [year, days] of Object.entries(KNOWN)) {
    assert.deepEqual(newYorkHolidays(Number(year)), days.split(" ").map((day) => `${year}-${day}`));
  }
});

it("the watch knows ten years of them", () => {
  assert.equal(QUIET_DATES[0], "2026-01-01");
  assert.ok(QUIET_DATES.at(-1)!.startsWith("2035-12"));
  assert.deepEqual([...QUIET_DATES].sort(), QUIET_DATES);
});
