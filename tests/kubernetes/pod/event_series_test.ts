/** Which Events are written, by the rules of series. */
import assert from "node:assert/strict";
import {
  EventSeries,
  type SeriesEntry,
} from "../../../src/kubernetes/pod/event_series.ts";
import type { PodEvent } from "../../../src/kubernetes/pod/reload_events.ts";

const MINUTE = 60_000;

const event = (note: string, reason = "ConfigRejected"): PodEvent =>
  ({ type: "Warning", reason, note }) as PodEvent;

/** A series whose entries are written at once, at times in minutes. */
class Told {
  readonly series = new EventSeries();
  minute = 0;

  record(note: string): number | undefined {
    const now = this.minute * MINUTE;
    return this.#write(
      this.series.record(event(note), { now, wallNow: now + 1 }),
    );
  }

  tick(): (number | undefined)[] {
    return this.series.tick(this.minute * MINUTE)
      .map((entry) => this.#write(entry));
  }

  at(minute: number): this {
    this.minute = minute;
    return this;
  }

  /** The count that was written. */
  #write(entry: SeriesEntry | undefined): number | undefined {
    if (entry === undefined) return undefined;
    entry.written = entry.count;
    entry.writtenAt = this.minute * MINUTE;
    return entry.written;
  }
}

Deno.test("event series: the first is an Event, the second makes a series, and more are counted", () => {
  const told = new Told();
  assert.equal(told.record("a"), 1);
  assert.equal(told.record("a"), 2);
  assert.equal(told.record("a"), undefined);
  assert.equal(told.record("b"), 1);
  assert.equal(told.record("a"), undefined);
});

Deno.test("event series: ends six minutes after its last Event, with its final count", () => {
  const told = new Told();
  for (let count = 0; count < 5; count++) told.record("a");
  assert.deepEqual(told.at(5).tick(), []);
  told.record("a");
  assert.deepEqual(told.at(10).tick(), []);
  assert.deepEqual(told.at(11).tick(), [6]);
  assert.ok(told.series.isEmpty);
  assert.equal(told.record("a"), 1);
  assert.deepEqual(told.at(17).tick(), []);
  assert.ok(told.series.isEmpty);
});

Deno.test("event series: one that goes on is written again every half an hour", () => {
  const told = new Told();
  told.record("a");
  const written: [number, number | undefined][] = [];
  for (let minute = 1; minute <= 90; minute++) {
    told.at(minute).record("a");
    for (const count of told.tick()) written.push([minute, count]);
  }
  assert.deepEqual(written, [[31, 32], [61, 62]]);
});

Deno.test("event series: what could not be written is left at the end", () => {
  const series = new EventSeries();
  const moment = { now: 0, wallNow: 7 };
  const entry = series.record(event("a"), moment);
  assert.deepEqual(series.rest(), [entry]);
  if (entry !== undefined) entry.written = 1;
  assert.deepEqual(series.rest(), []);
  series.record(event("a"), { now: 1, wallNow: 8 });
  const [{ count, at, lastAt }] = series.rest();
  assert.deepEqual([count, at, lastAt], [2, 7, 8]);
});

Deno.test("event series: no more than ten different ones at once, and one a minute after that", () => {
  const told = new Told();
  const count = (minute: number, each: number) => {
    told.at(minute);
    return Array.from(
      { length: each },
      (_, index) => told.record(`${minute} ${index}`),
    ).filter((one) => one === 1).length;
  };
  assert.equal(count(0, 20), 10);
  assert.equal(count(0.5, 20), 0);
  assert.equal(count(2, 20), 2);
  assert.equal(count(1_000, 30), 10);
});

Deno.test("event series: each has an id of its own", () => {
  const series = new EventSeries();
  const moment = { now: 0, wallNow: 0 };
  const ids = ["a", "b", "c"].map((note) =>
    series.record(event(note), moment)?.id
  );
  assert.equal(new Set(ids).size, 3);
});
