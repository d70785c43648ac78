/** What the parts of the page say. */
import assert from "node:assert/strict";
import {
  driftOf,
  fleetText,
  holdText,
  type Link,
  linkText,
  linkTone,
  outcomeWord,
  pendingText,
  shortDigest,
  triggerText,
} from "../../../../src/control/page/browser/words.ts";
import type { PathStatus } from "../../../../src/control/vocabulary/status.ts";
import { FLEET, reload, STATUS } from "../../../client/example_status.ts";

const NOW = "2026-01-02T10:00:00.000Z";

Deno.test("digests are short, as Git and Docker show them", () => {
  assert.equal(shortDigest("0123456789abcdef"), "0123456789ab");
  assert.equal(shortDigest(null), "–");
});

Deno.test("each drift has words of its own", () => {
  const statuses: PathStatus["status"][] = [
    "current",
    "pending",
    "ignored",
    "rejected",
    "unreadable",
    "unknown",
  ];
  const drifts = statuses.map((status) =>
    driftOf({ ...STATUS.paths[0], status })
  );
  assert.equal(new Set(drifts.map(({ words }) => words)).size, 6);
  assert.deepEqual(drifts.map(({ tone }) => tone), [
    "good",
    "busy",
    "off",
    "warning",
    "bad",
    "off",
  ]);
});

Deno.test("a hold says since when, until when and why", () => {
  const since = "2026-01-02T09:58:00.000Z";
  const until = "2026-01-02T10:30:00.000Z";
  assert.equal(holdText(null, NOW), "No: a change is put into effect");
  assert.equal(
    holdText({ since, until, reason: "incident" }, NOW),
    "Since 2m ago, ends in 30m: incident",
  );
  assert.equal(
    holdText({ since: null, until: null, reason: null }, NOW),
    "Yes, until somebody resumes",
  );
});

Deno.test("what is pending says why, and until when where that is known", () => {
  const until = "2026-01-02T10:00:12.000Z";
  assert.equal(pendingText(null, NOW), "Nothing");
  assert.equal(
    pendingText({ reason: "backoff", detail: "it ended", until }, NOW),
    "Pause after a crash (in 12s): it ended",
  );
  assert.equal(
    pendingText({ reason: "check", detail: "is checked", until: null }, NOW),
    "Check: is checked",
  );
});

Deno.test("a reload says what came of it and what it was for", () => {
  const underWay = reload(1, { outcome: null, phase: "check" });
  assert.equal(outcomeWord(underWay), "Under way (check)");
  const back = reload(1, { outcome: "rolled_back", trigger: "retry" });
  assert.equal(outcomeWord(back), "Rolled back");
  assert.equal(triggerText(back), "another attempt");
});

Deno.test("a connection says what it is like, and since when", () => {
  const links: readonly (readonly [Link, string])[] = [
    [{ kind: "connecting" }, "off: Connecting"],
    [{ kind: "live" }, "good: Live"],
    [
      { kind: "polling", since: 5 },
      "warning: No live updates since 5, asks every 2 s",
    ],
    [{ kind: "lost", since: 5 }, "bad: Connection lost at 5, tries again"],
    [{ kind: "denied" }, "off: Not signed in"],
  ];
  for (const [link, expected] of links) {
    assert.equal(`${linkTone(link)}: ${linkText(link, String)}`, expected);
  }
});

Deno.test("a fleet: this manager's part, and what the others were seen to do", () => {
  const now = FLEET.timestamp;
  assert.equal(
    fleetText(FLEET, now),
    "web-1 of web tries new content; the trial ends in 20s",
  );
  const [slot] = FLEET.slots;
  const slots = [
    { ...slot, holder: "web-0" },
    { ...slot, holder: "web-2", trial: false },
  ];
  const [refusal] = FLEET.refused;
  const rejected = refusal.content;
  assert.equal(
    fleetText({ ...FLEET, slot: null, slots, rejected }, now),
    "web-1 of web has no slot, rejects what the fleet has refused; rolled back at web-0; web-0 tries new content, web-2 reloads (seen 3s ago)",
  );
  const never = { ...FLEET, slot: null, slots: [], read_at: null };
  assert.equal(fleetText(never, now), "web-1 of web has no slot");
});
