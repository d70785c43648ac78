/** Which Events the reloads of a core lead to, and what they say. */
import assert from "node:assert/strict";
import {
  NOTE_MAX_BYTES,
  type PodEvent,
  reloadEvents,
} from "../../../src/kubernetes/pod/reload_events.ts";
import type { Journal } from "../../../src/control/vocabulary/journal.ts";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { QUICK, SAFE } from "../../simulation/stepping.ts";
import {
  REFUSED,
  SIGNED,
  Story,
  TURNS,
  VETTED,
} from "../../control/journal/story.ts";

/** The Events of what `act` does to a child that is ready. */
function told(policy: Policy, act: (story: Story) => void): PodEvent[] {
  const story = Story.ready(policy, 1);
  const { journal } = story;
  act(story);
  return [...reloadEvents(journal, story.journal)];
}

const lines = (events: readonly PodEvent[]) =>
  events.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);

Deno.test("reload events: new content that is in effect, and content that nobody is told of", () => {
  const restarted = told(QUICK, (story) => {
    story.change(2);
    story.end(1);
    story.look(2);
  });
  assert.deepEqual(lines(restarted), [
    "Normal ConfigReloaded: New configuration of /c in effect by restart",
  ]);
  const accepted = told({ ...QUICK, onChange: { kind: "none" } }, (story) => {
    story.change(2);
  });
  assert.deepEqual(lines(accepted), [
    "Normal ConfigReloaded: New configuration of /c accepted",
  ]);
});

Deno.test("reload events: what the check or the fleet has refused, without what a check has printed", () => {
  const refused = told(VETTED, (story) => {
    story.change(2);
    story.refuse("the check exited with code 1", "line 3: password=secret");
  });
  assert.deepEqual(lines(refused), [
    "Warning ConfigRejected: New configuration of /c rejected: the check exited with code 1",
  ]);
  const elsewhere = told(TURNS, (story) => {
    story.change(2);
    story.slot(REFUSED);
  });
  assert.deepEqual(lines(elsewhere), [
    "Warning ConfigRejected: New configuration of /c rejected: rejected by the fleet: rolled back at web-0",
  ]);
});

Deno.test("reload events: a child that fails on new content is told when the last good content has a child again", () => {
  const rolledBack = told(SAFE, (story) => {
    story.change(2);
    story.verdict("approved");
    story.end(1);
    story.overdue(2);
    story.end(2);
    story.send({ kind: "ready", run: 3 });
  });
  assert.equal(rolledBack.length, 1);
  assert.match(
    lines(rolledBack)[0],
    /^Warning ConfigRolledBack: New configuration of \/c rolled back: \S/,
  );
});

Deno.test("reload events: content that could not be put into effect, without a copy to go back to", () => {
  const failed = told(SIGNED, (story) => {
    story.change(2);
    story.wait(500).look(2);
    story.end(1);
    story.look(2);
    story.end(2, 3);
  });
  assert.equal(failed.length, 1);
  assert.match(
    lines(failed)[0],
    /^Warning ReloadFailed: New configuration of \/c not in effect: \S/,
  );
});

Deno.test("reload events: a hold, and a fleet that cannot be asked, but not that others come first", () => {
  assert.deepEqual(lines(told(QUICK, (story) => story.hold())), [
    "Normal ReloadHeld: Changes are held back until an operator resumes them or their time is over",
  ]);
  const unreachable = told(TURNS, (story) => {
    story.change(2);
    story.slot({ kind: "slotUnreachable", detail: "connection refused" });
  });
  assert.deepEqual(lines(unreachable), [
    "Warning ReloadHeld: Fleet cannot be asked: connection refused; reloading without a slot in 5m0s",
  ]);
  const waiting = told(TURNS, (story) => {
    story.change(2);
    story.slot({ kind: "slotAwaited", why: "web-0 reloads (1 of 1)" });
  });
  assert.deepEqual(waiting, []);
});

Deno.test("reload events: what ends for another reason, and what was told before, is no news", () => {
  const story = Story.ready(VETTED, 1);
  story.change(2);
  const { journal } = story;
  story.change(1);
  assert.deepEqual(reloadEvents(journal, story.journal), []);
  story.change(2);
  story.refuse("no");
  const later: Journal = { ...story.journal, holds: 0 };
  assert.deepEqual(reloadEvents(story.journal, later), []);
});

Deno.test("reload events: a note is one line, and no longer than the API server takes", () => {
  const story = Story.ready(VETTED, 1);
  const { journal } = story;
  story.change(2);
  story.refuse("no");
  const [reload] = story.journal.reloads;
  for (const text of ["x".repeat(5_000), "漢".repeat(5_000), "\u001b[2J\n"]) {
    const reloads = [{ ...reload, paths: [text, text], detail: text }];
    const [{ note }] = reloadEvents(journal, { ...story.journal, reloads });
    assert.ok(new TextEncoder().encode(note).length <= NOTE_MAX_BYTES);
    // deno-lint-ignore no-control-regex -- none of them is shown to a terminal
    assert.doesNotMatch(note, /[\x00-\x1f]/);
  }
  const paths = ["/a", "/b", "/c", "/d", "/e"];
  const many = { ...story.journal, reloads: [{ ...reload, paths }] };
  assert.match(
    reloadEvents(journal, many)[0].note,
    /of \/a, \/b, \/c and 2 more/,
  );
});
