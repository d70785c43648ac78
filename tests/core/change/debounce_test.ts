/** The debounce, by scripts of observations. */
import assert from "node:assert/strict";
import { assess } from "../../../src/core/change/debounce.ts";
import type { Change } from "../../../src/core/vocabulary/change.ts";
import {
  type Fingerprint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";
import { file, type Line, MISSING, play, RULE } from "./observations.ts";

Deno.test("debounce: a change counts when it was quiet for the window", () => {
  const { stages, looks } = play(file("A"), [
    [0, file("B")],
    [499, file("B")],
    [500, file("B")],
  ]);
  assert.deepEqual(stages, ["detected", "pending", "confirmed"]);
  assert.deepEqual(looks.slice(0, 2), [500, 500]);
});

Deno.test("debounce: the window starts again when the content moves", () => {
  const { stages, looks } = play(file("A"), [
    [0, file("B")],
    [400, file("C")],
    [500, file("C")],
    [900, file("C")],
  ]);
  assert.deepEqual(stages, ["detected", "pending", "pending", "confirmed"]);
  assert.equal(looks[1], 900);
});

Deno.test("debounce: A8: back to what the child runs on is no change", () => {
  const { stages, texts } = play(file("A"), [[0, file("B")], [
    100,
    file("A"),
  ]]);
  assert.deepEqual(stages, ["detected", "unchanged"]);
  assert.match(texts.at(-1) ?? "", /nothing to do/);
});

Deno.test("debounce: A19: a writer that never rests is followed at the maximum", () => {
  const lines: Line[] = [];
  for (let at = 0; at <= 5_000; at += 100) lines.push([at, file(`v${at}`)]);
  const { stages } = play(file("A"), lines);
  assert.equal(stages.indexOf("confirmed"), 50);
});

Deno.test("debounce: A9: an empty file is held for the maximum, then it counts", () => {
  const empty = file("E", 0);
  const { stages, looks } = play(file("A"), [
    [0, empty],
    [500, empty],
    [5_000, empty],
  ]);
  assert.deepEqual(stages, ["detected", "pending", "confirmed"]);
  assert.equal(looks[0], 5_000);
  const filled = play(file("A"), [[0, empty], [2_000, file("B")], [
    2_500,
    file("B"),
  ]]);
  assert.deepEqual(filled.stages, ["detected", "pending", "confirmed"]);
});

Deno.test("debounce: an empty file that was empty before is nothing special", () => {
  assert.deepEqual(
    play(file("E1", 0), [[0, file("B")], [500, file("B")]]).stages,
    ["detected", "confirmed"],
  );
});

Deno.test("debounce: A24: a large file that still grows is held beyond the maximum", () => {
  const mebibyte = 1024 * 1024;
  const part = (at: number) =>
    file(provisionalIdentity(String(at)), (at + 1) * mebibyte, at);
  const lines: Line[] = [];
  for (let at = 0; at <= 8_000; at += 250) {
    lines.push([at, part(at), "metadata"]);
  }
  lines.push([8_500, file("whole", 8_001 * mebibyte, 8_000)]);
  const { stages } = play(file("A"), lines);
  assert.equal(stages.indexOf("confirmed"), lines.length - 1);
});

Deno.test("debounce: an empty file is held as long while another one grows", () => {
  const base = [file("A"), file("L", 2 ** 21)];
  const seen = (at: number): Fingerprint => [
    file("E", 0),
    file(`L${at}`, 2 ** 21 + 1 + Math.min(at, 1_000), at),
  ];
  let change: Change = { kind: "settled" };
  for (const at of [0, 500, 1_000, 1_600, 4_999, 5_000]) {
    const fingerprint = seen(at);
    const assessment = assess(
      change,
      [{ kind: "ok" }, { kind: "ok" }],
      base,
      { at, fingerprint, depth: "content", cause: "event", unread: [] },
      { ...RULE, paths: ["/a", "/l"] },
    );
    change = assessment.change;
    assert.equal(assessment.stage === "confirmed", at === 5_000, `${at}`);
  }
});

Deno.test("debounce: metadata of a large file alone never confirms a change", () => {
  const moved = file(provisionalIdentity("m"), 5_000_000, 1);
  const { stages, looks } = play(file("A", 5_000_000), [
    [0, moved, "metadata"],
    [600, moved, "metadata"],
    [601, file("A", 5_000_000, 1)],
  ]);
  assert.deepEqual(stages, ["detected", "pending", "unchanged"]);
  assert.equal(looks[1], 500, "a look at the content is overdue");
});

Deno.test("debounce: A13: a path that comes back with other content is a change", () => {
  const { stages } = play(file("A"), [
    [0, MISSING],
    [10_000, file("B")],
    [10_500, file("B")],
  ]);
  assert.deepEqual(stages, ["unchanged", "detected", "confirmed"]);
});

Deno.test("debounce: A14: a path that was absent at the start is a change when it appears", () => {
  const { stages } = play(MISSING, [[0, MISSING], [100, file("A")], [
    600,
    file("A"),
  ]]);
  assert.deepEqual(stages, ["unchanged", "detected", "confirmed"]);
});

Deno.test("debounce: content seen right after the start counts even if it was taken back: the child may have read it", () => {
  const { stages } = play(file("A"), [
    [0, file("B")],
    [100, file("A")],
    [600, file("A")],
  ], { kind: "unverified", since: 0 });
  assert.deepEqual(stages, ["detected", "pending", "confirmed"]);
});

Deno.test("debounce: a path that was away right after the start is a change when it is back", () => {
  const { stages } = play(file("A"), [
    [0, MISSING],
    [1_000, file("A")],
    [1_500, file("A")],
  ], { kind: "unverified", since: 0 });
  assert.deepEqual(stages, ["unchanged", "detected", "confirmed"]);
});

Deno.test("debounce: detection by polling is said before the change itself", () => {
  const seen = {
    at: 0,
    fingerprint: [file("B")],
    depth: "metadata",
    cause: "poll",
    unread: [],
  } as const;
  const { log } = assess(
    { kind: "settled" },
    [{ kind: "ok" }],
    [file("A")],
    seen,
    RULE,
  );
  assert.match(log[0].text, /via polling/);
  assert.match(log[1].text, /^File change detected: old_mtime=/);
});

Deno.test("debounce: without a quiet window the first look confirms, if it has read all", () => {
  const rule = { ...RULE, windowMs: 0 };
  const settled = { kind: "settled" } as const;
  const { stages, texts } = play(file("A"), [[0, file("B")]], settled, rule);
  assert.deepEqual(stages, ["confirmed"]);
  assert.match(texts[0], /^File change detected: old_mtime=/);
  assert.match(texts[1], /confirmed after debounce period$/);
  const unread = file(provisionalIdentity("B"));
  const large = play(file("A"), [[0, unread]], settled, rule);
  assert.deepEqual(large.stages, ["detected"]);
  const empty = play(file("A", 10), [[0, file("", 0)]], settled, rule);
  assert.deepEqual(empty.stages, ["detected"], "it is held");
});

Deno.test("debounce: a large file that moves while it is read is taken when its time is over, and did not rest", () => {
  const print = (at: number) => file(provisionalIdentity(`m${at}`), 2 ** 21);
  const ats = [0, 400, 800, 1_200, 5_000];
  const lines = ats.map((at) => [at, print(at)] as const);
  const { stages } = play(file("A", 2 ** 21), lines);
  assert.deepEqual(stages.slice(0, -1), [
    "detected",
    "pending",
    "pending",
    "pending",
  ]);
  assert.equal(stages.at(-1), "confirmed");
});

Deno.test("debounce: --debounce auto: a file replaced as a whole counts at once, one written in place waits", () => {
  const rule = { ...RULE, trustReplacement: true };
  const other = file("B", 10, 1, 2);
  const settled = { kind: "settled" } as const;
  const replaced = play(
    file("A"),
    [[0, other, undefined, "replacement"]],
    settled,
    rule,
  );
  assert.deepEqual(replaced.stages, ["confirmed"]);
  assert.equal(replaced.looks[0], undefined, "there is nothing to wait for");
  for (
    const [print, cause] of [
      [other, "event"],
      [other, "poll"],
      [file("B", 10, 1, 1), "replacement"],
    ] as const
  ) {
    const { looks } = play(
      file("A"),
      [[0, print, undefined, cause]],
      settled,
      rule,
    );
    assert.equal(looks[0], 500, cause);
  }
});

/** Two paths, of which the second may still be read; returns what each look means. */
function playTwo(
  looks: readonly (readonly [
    at: number,
    first: string,
    second: string,
    unread?: "unread",
    depth?: "metadata",
  ])[],
  change: Change = { kind: "settled" },
  savesContent = false,
) {
  const base = [file("A"), file("B")];
  let health: Parameters<typeof assess>[1] = [{ kind: "ok" }, { kind: "ok" }];
  const seen = looks.map(([at, first, second, unread, depth]) => {
    const result = assess(change, health, base, {
      at,
      fingerprint: [file(first), file(second)],
      depth: depth ?? "content",
      cause: "timer",
      unread: unread === undefined ? [] : [{ path: 1, bytes: 0, entries: 1 }],
    }, { ...RULE, paths: ["/a", "/b"], savesContent });
    ({ change, health } = result);
    return result;
  });
  return {
    stages: seen.map(({ stage }) => stage),
    looks: seen.map(({ nextLookAt }) => nextLookAt),
    stable: seen.map(({ stable }) => stable),
    change,
  };
}

const UNREAD = provisionalIdentity("C");

Deno.test("debounce: what is still being read is not confirmed, and looked at when it was read", () => {
  const { stages, looks } = playTwo([
    [0, "A", UNREAD, undefined, "metadata"],
    [500, "A", UNREAD, "unread"],
    [20_000, "A", "C"],
  ]);
  assert.deepEqual(stages, ["detected", "awaited", "confirmed"]);
  assert.equal(looks[1], undefined);
});

Deno.test("debounce: what is read again, and has the metadata that are known, has not changed before it was read", () => {
  const again = provisionalIdentity("B");
  const { stages, stable } = playTwo([
    [0, "A", again, "unread"],
    [9_000, "X", again, "unread"],
    [9_499, "X", again, "unread"],
    [9_500, "X", again, "unread"],
  ]);
  assert.deepEqual(stages, ["unchanged", "detected", "pending", "confirmed"]);
  assert.equal(stable.at(-1), true);
  const other = playTwo([[0, "A", again, "unread"], [1_000, "A", "C"]]);
  assert.deepEqual(other.stages, ["unchanged", "detected"]);
});

Deno.test("debounce: what was not read, and has the metadata that are known, has not changed, and is read in the next look", () => {
  const again = provisionalIdentity("B");
  const { stages, looks } = playTwo([
    [0, "A", again],
    [1_000, "A", "B"],
  ]);
  assert.deepEqual(stages, ["unchanged", "unchanged"]);
  assert.deepEqual(looks, [1_000, undefined]);
});

Deno.test("debounce: looks at metadata do not put off the reading of what they have not read", () => {
  const again = provisionalIdentity("B");
  const { looks } = playTwo([
    [0, "A", again, undefined, "metadata"],
    [200, "A", again, undefined, "metadata"],
    [400, "A", again, undefined, "metadata"],
  ]);
  assert.deepEqual(looks, [0, 200, 400]);
});

Deno.test("debounce: the maximum of a change does not begin with an earlier one that is over, and waits for a path that is read", () => {
  const { stages, stable } = playTwo([
    [0, "X", "B", "unread"],
    [100, "A", "B", "unread"],
    [600, "A", "B", "unread"],
    [10_000, "Y", "B", "unread"],
    [10_400, "Z", "B", "unread"],
    [10_900, "Z", "B", "unread"],
  ], { kind: "unverified", since: 0 });
  assert.deepEqual(stages, [
    "detected",
    "pending",
    "awaited",
    "pending",
    "pending",
    "confirmed",
  ]);
  assert.equal(stable.at(-1), true);
});

Deno.test("debounce: content that comes and goes does not put the maximum off", () => {
  const looks = Array.from({ length: 51 }, (_, times) => {
    return [times * 100, times % 2 === 0 ? "X" : "A", "B"] as const;
  });
  const { stages } = playTwo(looks, { kind: "unverified", since: 0 });
  assert.equal(stages.at(-1), "confirmed");
});

Deno.test("debounce: another path's change does not wait for what is still being read", () => {
  const { stages, stable } = playTwo([
    [0, "A", UNREAD, "unread"],
    [500, "A", UNREAD, "unread"],
    [9_000, "X", UNREAD, "unread"],
    [9_400, "Y", UNREAD, "unread"],
    [9_899, "Y", UNREAD, "unread"],
    [9_900, "Y", UNREAD, "unread"],
  ]);
  assert.deepEqual(stages, [
    "detected",
    "awaited",
    "pending",
    "pending",
    "pending",
    "confirmed",
  ]);
  assert.equal(stable.at(-1), true);
});

Deno.test("debounce: what is still being read and never rests is followed at the maximum", () => {
  const unread = (at: number) => provisionalIdentity(`C${at}`);
  const looks = [0, 1_000, 2_000, 3_000, 4_000].map((at) =>
    [at, "A", unread(at), "unread"] as const
  );
  const { stages } = playTwo([...looks, [5_000, "A", unread(5_000)]]);
  assert.equal(stages.at(-1), "confirmed");
});

Deno.test("debounce: content that is to be saved waits until all of it is read", () => {
  const { stages, looks } = playTwo(
    [[0, "X", UNREAD, "unread"], [500, "X", UNREAD, "unread"], [900, "X", "C"]],
    undefined,
    true,
  );
  assert.deepEqual(stages, ["detected", "awaited", "confirmed"]);
  assert.equal(looks[1], undefined);
});

Deno.test("debounce: content that is to be saved and never the same for long enough to be read is not waited for without an end", () => {
  const unread = (at: number) => provisionalIdentity(`C${at}`);
  const last = RULE.growingMs;
  const looks = [0, 5_000, 30_000, last - 1, last].map((at) =>
    [at, "A", unread(Math.min(at, 30_000)), "unread"] as const
  );
  const { stages, stable } = playTwo(looks, undefined, true);
  assert.deepEqual(stages.slice(-3), ["awaited", "awaited", "confirmed"]);
  assert.equal(stable.at(-1), false);
  // What was written once takes as long as it takes.
  const once = playTwo(
    [[0, "A", UNREAD, "unread"], [10 * last, "A", UNREAD, "unread"]],
    undefined,
    true,
  );
  assert.deepEqual(once.stages, ["detected", "awaited"]);
});

Deno.test("debounce: what is still being read does not verify what the child has", () => {
  const unverified = { kind: "unverified", since: 0 } as const;
  const { change } = playTwo([[1, "A", "B", "unread"]], unverified);
  assert.deepEqual(change, unverified);
  const whole = playTwo([[1, "A", "B", "unread"], [2, "A", "B"]], unverified);
  assert.deepEqual(whole.change, { kind: "settled" });
});

Deno.test("debounce: what is still being read right after the start is no change before it was read", () => {
  const unverified = { kind: "unverified", since: 0 } as const;
  const same = playTwo(
    [[1, "A", UNREAD, "unread"], [900, "A", "B"]],
    unverified,
  );
  assert.deepEqual(same.stages, ["unchanged", "unchanged"]);
  assert.deepEqual(same.change, { kind: "settled" });
  const other = playTwo(
    [[1, "A", UNREAD, "unread"], [900, "A", "C"], [1_400, "A", "C"]],
    unverified,
  );
  assert.deepEqual(other.stages, ["unchanged", "detected", "confirmed"]);
});
