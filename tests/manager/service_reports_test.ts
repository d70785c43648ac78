/** What a service manager is told at each step: readiness, reloads, signals that ask for one, and the end. */
import assert from "node:assert/strict";
import { Recorder } from "../../src/control/journal/recorder.ts";
import { ServiceReports } from "../../src/manager/service_reports.ts";
import type { Message } from "../../src/core/vocabulary/message.ts";
import type { Policy } from "../../src/core/vocabulary/policy.ts";
import type { Happening } from "../../src/core/vocabulary/event.ts";
import {
  CRASHING,
  SIGNED,
  Story,
  TURNS,
  VETTED,
} from "../control/journal/story.ts";
import { QUICK, SAFE } from "../simulation/stepping.ts";
import "../host/loaded_libc.ts";

/** Steps of the core, and what is told of each; `reports` is made with the first of them. */
class Service extends Story {
  readonly datagrams: string[] = [];
  readonly notes: Message[] = [];
  isReached = true;
  readonly #recorder = new Recorder(
    this.policy.configs.map(({ path }) => path),
  );
  #reports: ServiceReports | undefined;

  override send(happening: Happening): string[] {
    this.#reports ??= new ServiceReports({
      policy: this.policy,
      recorder: this.#recorder,
      say: (lines) => this.datagrams.push(lines) > 0 && this.isReached,
      log: (message) => this.notes.push(message),
    });
    const from = this.steps.length;
    const words = super.send(happening);
    // A step that is taken in this one, as `spawned` is, comes after it.
    this.#recorder.enter(this.steps[from]);
    this.#reports.onStep(this.steps[from]);
    return words;
  }

  /** The states that were told, in order; the time of a reload's beginning, and the status, are left out. */
  get states(): string {
    return this.datagrams.flatMap((lines) => lines.split("\n"))
      .filter((line) => /^[A-Z]+=1$/.test(line))
      .map((line) => line.slice(0, -"=1".length)).join(" ");
  }

  get status(): string {
    const found = this.datagrams.findLast((lines) => lines.includes("STATUS="));
    return found?.replace(/^[^]*STATUS=/, "") ?? "";
  }
}

const ASKING: Policy = { ...QUICK, reloadSignal: "SIGHUP" };
const REQUEST = { kind: "reload", force: false, signal: "SIGHUP" } as const;

/** The steps of a start in which the core hears of the child's start only later. */
function started(policy: Policy): Service {
  const story = new Service(policy);
  story.slow = true;
  story.send({ kind: "begin" });
  story.look(1);
  if (policy.vetting !== undefined) story.verdict("approved");
  story.send({ kind: "spawned", run: 1, pid: 1_001 });
  story.look(1);
  return story;
}

/** The child ends as asked, and the next one is started on this. */
function replaced(story: Service, run: number, content: number): void {
  story.end(run);
  story.look(content);
  if (story.policy.vetting !== undefined) story.verdict("approved");
  story.send({ kind: "spawned", run: run + 1, pid: 1_001 + run });
}

Deno.test("service_reports: without --ready the service is ready when the child was started", () => {
  const story = started(QUICK);
  assert.equal(story.states, "READY");
  assert.match(story.status, /^program \(PID: 1001\) is ready, runs since 2/);
  assert.match(story.notes[0].text, /\(READY=1\)$/);
});

Deno.test("service_reports: with --ready it is when the child is, and not before", () => {
  const story = started(SIGNED);
  assert.equal(story.states, "");
  assert.match(story.status, /is not ready yet/);
  story.send({ kind: "ready", run: 1 });
  assert.equal(story.states, "READY");
});

Deno.test("service_reports: a child that crashes is no reload, and does not begin the start again", () => {
  const story = started(CRASHING);
  story.end(1, 1);
  assert.equal(story.states, "READY");
  assert.match(story.status, /^No child serves: the child ended by itself/);
});

Deno.test("service_reports: a reload begins when something is done about the change, and ends with the sign of the next child", () => {
  const story = started(SIGNED);
  story.send({ kind: "ready", run: 1 });
  story.now += 60_000;
  story.look(2);
  assert.equal(story.states, "READY", "the quiet window is no reload");
  story.wait(500).look(2);
  assert.equal(story.states, "READY RELOADING");
  const begun = story.datagrams.find((lines) => lines.includes("RELOADING"));
  assert.match(begun ?? "", /^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=/);
  replaced(story, 1, 2);
  assert.equal(story.states, "READY RELOADING");
  story.send({ kind: "ready", run: 2 });
  assert.equal(story.states, "READY RELOADING READY");
  assert.match(story.status, /; reload 1 applied at 2\S+Z$/);
});

Deno.test("service_reports: a change that is held back is no reload", () => {
  const story = started(QUICK);
  story.hold(undefined, "night\nshift");
  story.change(2);
  assert.equal(story.states, "READY");
  assert.match(
    story.status,
    /; changes are held back \(night\\nshift\); reload 1 \(config\) is under way$/,
  );
});

Deno.test("service_reports: a change that waits for other managers is no reload, and the status says for whom", () => {
  const story = started(TURNS);
  story.change(2);
  assert.match(story.status, /1 \(config\) waits .*: a slot .* is asked for$/);
  story.slot({ kind: "slotAwaited", why: "web-0 tries this configuration" });
  assert.equal(story.states, "READY");
  assert.match(
    story.status,
    /; reload 1 \(config\) waits for the fleet: web-0 tries this configuration$/,
  );
  story.slot({ kind: "slotTaken", isTrial: false });
  assert.equal(story.states, "READY RELOADING");
});

Deno.test("service_reports: a refusal ends the reload, with the reason", () => {
  const story = started(VETTED);
  story.change(2);
  assert.equal(story.states, "READY RELOADING");
  story.refuse("the check ended with exit status 3", "password=secret");
  assert.equal(story.states, "READY RELOADING READY");
  assert.match(
    story.status,
    /; reload 1 rejected at \S+: the check ended with exit status 3$/,
  );
  assert.ok(story.datagrams.every((lines) => !lines.includes("secret")));
});

Deno.test("service_reports: a rollback ends the reload when the last good content is ready again", () => {
  const story = started(SAFE);
  story.send({ kind: "ready", run: 1 });
  story.change(2);
  story.verdict("approved");
  replaced(story, 1, 2);
  const { states } = story;
  assert.equal(states, "READY RELOADING");
  story.end(2, 1);
  story.send({ kind: "spawned", run: 3, pid: 1_003 });
  assert.equal(story.states, "READY RELOADING");
  story.send({ kind: "ready", run: 3 });
  assert.equal(story.states, "READY RELOADING READY");
  assert.match(story.status, /; reload 1 rolled back at /);
});

Deno.test("service_reports: a signal that asks for a reload is answered at once, and that is over with its reload", () => {
  const story = started(ASKING);
  story.signal("SIGHUP");
  assert.equal(story.states, "READY RELOADING");
  story.send(REQUEST);
  story.look(1);
  replaced(story, 1, 1);
  assert.equal(story.states, "READY RELOADING READY");
});

Deno.test("service_reports: each signal is answered with a time of its own, also during a reload", () => {
  const story = started(ASKING);
  story.change(2);
  story.signal("SIGHUP");
  assert.equal(story.states, "READY RELOADING RELOADING");
  replaced(story, 1, 2);
  assert.equal(story.states, "READY RELOADING RELOADING", "one more follows");
  story.send(REQUEST);
  story.look(2);
  replaced(story, 2, 2);
  assert.equal(story.states, "READY RELOADING RELOADING READY");
  const times = story.datagrams.join("\n").match(/MONOTONIC_USEC=\d+/g) ?? [];
  assert.equal(new Set(times).size, 2);
});

Deno.test("service_reports: a signal that nothing comes of is answered too, and the status says why until another reload has ended", () => {
  const story = started(ASKING);
  story.hold();
  story.signal("SIGHUP");
  story.send(REQUEST);
  assert.equal(story.states, "READY RELOADING READY");
  assert.match(
    story.status,
    /; reload declined at \S+: changes are held back$/,
  );
  story.send({ kind: "resume" });
  story.change(2);
  replaced(story, 1, 2);
  assert.match(story.status, /; reload 1 applied at \S+$/);
});

Deno.test("service_reports: before the service is ready, a signal is not answered", () => {
  const story = started({ ...SIGNED, reloadSignal: "SIGHUP" });
  story.signal("SIGHUP");
  assert.equal(story.states, "");
});

Deno.test("service_reports: the end is told once, and more time is asked for only if it may take long", () => {
  const story = started(QUICK);
  story.signal("SIGTERM");
  story.end(1);
  assert.equal(story.states, "READY STOPPING");
  assert.ok(story.datagrams.every((lines) => !lines.includes("EXTEND")));
  const slow = started({ ...ASKING, stopTimeoutMs: 84_001 });
  slow.signal("SIGTERM");
  assert.match(
    slow.datagrams.at(-1) ?? "",
    /^STOPPING=1\nEXTEND_TIMEOUT_USEC=90001000\nSTATUS=/,
  );
  slow.signal("SIGHUP");
  assert.equal(slow.states, "READY STOPPING", "nothing is reloaded any more");
});

Deno.test("service_reports: a child that ends by itself ends the service", () => {
  const story = started(QUICK);
  story.end(1, 7);
  assert.equal(story.states, "READY STOPPING");
});

Deno.test("service_reports: a fault of ours is logged once, and is no bug of the manager", () => {
  const story = started(QUICK);
  const logged: string[] = [];
  const reports = new ServiceReports({
    policy: QUICK,
    recorder: new Recorder([]),
    say: () => {
      throw new Error("simulated");
    },
    log: ({ text }) => logged.push(text),
  });
  story.steps.forEach(reports.onStep);
  assert.deepEqual(logged, [
    "Cannot report to the service manager any more: Error: simulated",
  ]);
});
