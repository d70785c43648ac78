/** The signal of --reload-signal in every state: whether it asks for a reload at once, waits or needs none. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import { OVERLAP, QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const asking = (policy: Policy): Policy => ({
  ...policy,
  reloadSignal: "SIGHUP",
});
const ASKING = asking(QUICK);

/** What the loop makes of the effect `requestReload`. */
const request = (story: Stepping): string[] =>
  story.send({ kind: "reload", force: false, signal: "SIGHUP" });

Deno.test("reload_signal: it asks for a reload, and is not forwarded", () => {
  const story = Stepping.ready(ASKING, 1);
  assert.deepEqual(story.signal("SIGHUP"), ["requestReload"]);
  assert.deepEqual(
    story.lines.at(-1),
    "Received signal: SIGHUP, which asks for a reload",
  );
  request(story);
  assert.equal(story.look(1)[0], "SIGTERM 1");
  story.end(1);
  assert.equal(story.look(1)[0], "spawn 2 on 1");
});

Deno.test("reload_signal: other signals are forwarded, and this one is without the option", () => {
  const story = Stepping.ready(ASKING, 1);
  story.timer("held");
  assert.deepEqual(story.signal("SIGUSR1"), ["SIGUSR1 1"]);
  const plain = Stepping.ready(QUICK, 1);
  plain.timer("held");
  assert.deepEqual(plain.signal("SIGHUP"), ["SIGHUP 1"]);
});

Deno.test("reload_signal: during a reload it waits for the end of that, and two are one", () => {
  const story = Stepping.ready(ASKING, 1);
  story.signal("SIGHUP");
  request(story);
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.equal(
    story.lines.at(-1),
    "Reload of child process by SIGHUP waits: a reload is under way",
  );
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.equal(
    story.lines.at(-1),
    "Received signal: SIGHUP, which asks for a reload",
  );
  story.look(1);
  story.end(1);
  const words = story.look(1);
  assert.deepEqual(words.slice(0, 1), ["spawn 2 on 1"]);
  assert.equal(words.filter((word) => word === "requestReload").length, 1);
  request(story);
  assert.equal(story.look(1)[0], "SIGTERM 2");
});

Deno.test("reload_signal: while a check is under way it waits for the verdict, and is declined after a refusal", () => {
  const story = Stepping.ready(asking(SAFE), 1);
  story.change(2);
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.deepEqual(story.verdict("rejected").at(-1), "requestReload");
  assert.deepEqual(request(story), []);
  assert.match(story.lines.at(-1) ?? "", /was rejected and has not changed/);
});

Deno.test("reload_signal: in an overlap it waits until the old child has ended", () => {
  const story = Stepping.ready(asking(OVERLAP), 1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.kind, "overlapping");
  assert.deepEqual(story.signal("SIGHUP"), []);
  story.send({ kind: "ready", run: 2 });
  assert.equal(story.kind, "running");
  assert.deepEqual(story.end(1).at(-1), "requestReload");
});

Deno.test("reload_signal: before a start that reads the paths it needs nothing more", () => {
  const story = new Stepping(ASKING);
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.equal(
    story.lines.at(-1),
    "Reload of child process by SIGHUP needs nothing more: a child process is about to be started",
  );
  story.send({ kind: "begin" });
  assert.equal(story.kind, "preparing");
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.ok(!story.look(1).includes("requestReload"));
});

Deno.test("reload_signal: while a child is being started it waits for that", () => {
  const story = new Stepping(ASKING);
  story.slow = true;
  story.send({ kind: "begin" });
  story.look(1);
  assert.equal(story.kind, "spawning");
  assert.deepEqual(story.signal("SIGHUP"), []);
  const words = story.send({ kind: "spawned", run: 1, pid: 1_001 });
  assert.equal(words.at(-1), "requestReload");
});

Deno.test("reload_signal: a pause after a crash is over with it", () => {
  const policy = asking({
    ...QUICK,
    crash: { ...QUICK.crash, restart: "always" },
  });
  const story = Stepping.ready(policy, 1);
  story.end(1, 1);
  assert.equal(story.kind, "backingOff");
  assert.deepEqual(story.signal("SIGHUP"), ["requestReload"]);
  request(story);
  assert.equal(story.kind, "preparing");
});

Deno.test("reload_signal: it is declined while changes are held back, and where no child is wanted", () => {
  const held = Stepping.ready(ASKING, 1);
  held.hold();
  assert.deepEqual(held.signal("SIGHUP"), ["requestReload"]);
  assert.deepEqual(request(held), []);
  assert.match(held.lines.at(-1) ?? "", /^Cannot reload .* held back/);
  const halted = Stepping.ready(ASKING, 1);
  halted.send({ kind: "stopChild" });
  halted.end(1);
  assert.equal(halted.kind, "halted");
  halted.signal("SIGHUP");
  assert.deepEqual(request(halted), []);
  assert.match(
    halted.lines.at(-1) ?? "",
    /^Cannot reload .* \(start it instead/,
  );
});

Deno.test("reload_signal: what waits is declined when the manager is asked to stop", () => {
  const story = Stepping.ready({ ...ASKING, drainDelayMs: 1_000 }, 1);
  story.signal("SIGHUP");
  request(story);
  story.look(1);
  assert.equal(story.kind, "draining");
  assert.deepEqual(story.signal("SIGHUP"), []);
  assert.equal(story.signal("SIGTERM").at(-1), "requestReload");
  assert.deepEqual(request(story), []);
  assert.match(story.lines.at(-1) ?? "", /flush-manager is shutting down$/);
});
