/** A candidate that was still changing when the maximum wait ended is decided on by a copy. */
import assert from "node:assert/strict";
import {
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";
import { holding, SAFE, Stepping } from "../../simulation/stepping.ts";

const REVERTED = "File content is the running child's again, nothing to do";
const RESTLESS = { debounceMs: 500, debounceMaxMs: 5_000 };

/** The paths hold 3, 4 and then 2, so that it is still changing when the maximum wait ends. */
function change(story: Stepping): string[] {
  story.look(3);
  story.now += 4_900;
  story.look(4);
  story.now += 100;
  return story.look(2);
}

/** Content 2 was still changing then, and is gone when it is to be saved. */
function restless(policy: typeof SAFE): Stepping {
  const story = Stepping.ready({ ...policy, ...RESTLESS }, 1);
  assert.deepEqual(change(story), ["vet 2"]);
  story.verdict("moved");
  return story;
}

const captured = (story: Stepping, content: number): string[] => {
  const { ticket } = story.model;
  return story.send({ kind: "captured", ticket, content: holding(content) });
};

/** Whether a look follows. */
const looks = ({ effects }: Stepping): boolean =>
  effects.some(({ kind }) => kind === "look");

Deno.test("vetting: of content that changes all the time a copy is vetted and used, whatever looks find", () => {
  const story = restless(SAFE);
  assert.equal(story.effects.at(-1)?.kind, "capture");
  assert.deepEqual(story.look(5), []);
  const ticket = story.model.ticket - 1;
  const earlier = { kind: "captured", ticket, content: holding(6) } as const;
  assert.deepEqual(story.send(earlier), []);
  assert.deepEqual(captured(story, 6), ["vet 6"]);
  assert.ok(!story.effects.some(({ kind }) => kind === "keep"), "it is kept");
  assert.deepEqual(story.look(7), []);
  assert.equal(story.verdict("approved")[0], "SIGTERM 1");
  assert.equal(story.end(1)[0], "spawn 2 on 6");
});

Deno.test("vetting: what the paths hold is looked at when a copy is decided on", () => {
  for (const verdict of ["rejected", "unsaved"] as const) {
    const story = restless(SAFE);
    captured(story, 6);
    story.verdict(verdict);
    assert.ok(looks(story), verdict);
  }
  const gone = restless(SAFE);
  gone.verdict("moved");
  assert.ok(looks(gone));
  assert.deepEqual(gone.look(2), ["timer look"]);
});

Deno.test("vetting: content that is not saved, or had come to rest, is not captured", () => {
  const unsaved = restless({ ...SAFE, snapshots: false });
  assert.deepEqual(unsaved.effects.map(({ kind }) => kind), ["look"]);
  const rested = Stepping.ready(SAFE, 1);
  rested.change(2);
  rested.verdict("moved");
  assert.deepEqual(rested.effects.map(({ kind }) => kind), ["look"]);
});

Deno.test("vetting: a copy that holds what the child has, or what was rejected, is not vetted", () => {
  const same = restless(SAFE);
  assert.deepEqual(captured(same, 1), []);
  assert.ok(looks(same));
  assert.equal(same.lines.at(-1), REVERTED);
  const retryRejected = { firstMs: 60_000, maxMs: 60_000 };
  for (const ground of ["check", "circumstances"] as const) {
    const story = restless({ ...SAFE, retryRejected });
    captured(story, 6);
    story.verdict("rejected", ground);
    assert.deepEqual(change(story), ["vet 2"]);
    story.verdict("moved");
    const turn = ground === "circumstances" ? ["timer defer"] : [];
    assert.deepEqual(captured(story, 6), turn);
    assert.ok(looks(story));
    assert.equal(story.model.rejections, 1);
  }
});

Deno.test("vetting: of content that was never read as a whole a copy is made at once", () => {
  const story = Stepping.ready({ ...SAFE, ...RESTLESS }, 1);
  const unread = (metadata: string) => {
    const identity = provisionalIdentity(metadata);
    return story.find({ ...holding(2)[0], identity, metadata } as PathPrint);
  };
  unread("a");
  story.now += 4_900;
  unread("b");
  story.now += 100;
  unread("c");
  assert.equal(story.effects.at(-1)?.kind, "capture");
});

/** Content 6 was rejected, other content still changes, and its turn comes before the look of a reload has answered. */
function reloadedMeanwhile(force: boolean): Stepping {
  const story = Stepping.ready({ ...SAFE, ...RESTLESS, splayMs: 1_000 }, 1);
  change(story);
  story.now += 1_000;
  story.timer("defer");
  story.verdict("moved");
  captured(story, 6);
  story.verdict("rejected");
  change(story);
  story.now += 1_000;
  story.send({ kind: "reload", force });
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  story.look(2);
  story.verdict("moved");
  assert.equal(story.effects.at(-1)?.kind, "capture");
  return story;
}

Deno.test("vetting: a copy that holds what was rejected is vetted if an operator has asked for it by force", () => {
  assert.deepEqual(captured(reloadedMeanwhile(true), 6), ["vet 6"]);
});

Deno.test("vetting: a copy that holds what was rejected answers a reload without force", () => {
  const story = reloadedMeanwhile(false);
  assert.deepEqual(captured(story, 6), []);
  assert.match(story.lines.at(-1) ?? "", /rejected and has not changed since/);
  assert.ok(looks(story));
});
