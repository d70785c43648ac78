/** Retry-After in seconds and as a date. */
import assert from "node:assert/strict";
import { retryAfterMs } from "../../../src/kubernetes/api/retry_after.ts";

const AT = "Wed, 21 Oct 2015 07:28:00 GMT";
const AT_MS = Date.parse(AT);
const after = (value: string, date?: string, nowMs = AT_MS) =>
  retryAfterMs(
    new Map([
      ["retry-after", value],
      ...date === undefined ? [] : [["date", date] as const],
    ]),
    nowMs,
  );

Deno.test("retry after: seconds, and a date by the server's clock or else by ours", () => {
  assert.equal(after("0"), 0);
  assert.equal(after("12"), 12_000);
  assert.equal(after("Wed, 21 Oct 2015 07:28:30 GMT"), 30_000);
  assert.equal(
    after("Wed, 21 Oct 2015 07:28:30 GMT", AT, AT_MS - 3_600_000),
    30_000,
  );
});

Deno.test("retry after: a wait is no longer than five minutes, none is negative, and nonsense is none", () => {
  assert.equal(after("86400"), 300_000);
  assert.equal(after("Wed, 21 Oct 2099 07:28:00 GMT"), 300_000);
  assert.equal(after("Wed, 21 Oct 2015 07:00:00 GMT"), 0);
  for (const text of ["", "-1", "soon", "1.5.6"]) {
    assert.equal(after(text), undefined, text);
  }
  assert.equal(retryAfterMs(new Map(), AT_MS), undefined);
});
