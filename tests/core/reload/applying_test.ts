/** Accepted content is put into effect by a restart or by an action. */
import assert from "node:assert/strict";
import type { Policy } from "../../../src/core/vocabulary/policy.ts";
import type {
  Action,
  WatchedPath,
} from "../../../src/core/vocabulary/settings.ts";
import { QUICK, SAFE, Stepping } from "../../simulation/stepping.ts";

const EXEC: Action = { kind: "exec", argv: ["apply"] };

Deno.test("applying: a child is started on the content that was approved, whatever the paths hold", () => {
  const story = Stepping.ready(SAFE, 1);
  story.change(2);
  story.verdict("approved");
  assert.equal(story.end(1)[0], "spawn 2 on 2");
});

Deno.test("applying: an action that is done gives the child the content", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  assert.deepEqual(story.change(2), ["act on 2"]);
  story.acted("done");
  assert.equal(story.baseline, "2");
});

Deno.test("applying: an action that fails leaves the content alone until it changes", () => {
  const story = Stepping.ready({ ...SAFE, onChange: EXEC }, 1);
  story.change(2);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  assert.deepEqual(story.acted("failed"), [], "the host has switched back");
  assert.equal(story.baseline, "1");
  assert.deepEqual(story.change(2), []);
});

Deno.test("applying: a signal is not sent for content that the child cannot find, and is tried again", () => {
  const onChange = { kind: "signal", signal: "SIGUSR2" } as const;
  const story = Stepping.ready({ ...SAFE, onChange }, 1);
  story.change(2);
  story.verdict("approved");
  assert.deepEqual(story.acted("unswitched"), ["timer defer"]);
  assert.equal(story.baseline, "1");
  story.now += 30_000;
  assert.deepEqual(story.timer("defer"), ["vet 2"]);
  assert.deepEqual(story.verdict("approved"), ["act on 2"]);
  const words = story.acted("done");
  assert.deepEqual(words, ["activate 2", "SIGUSR2 1", "timer ready"]);
  assert.equal(story.baseline, "2");
});

Deno.test("applying: content that moves during an action waits for its end", () => {
  const story = Stepping.ready({ ...QUICK, onChange: EXEC }, 1);
  story.change(2);
  const { ticket } = story.model;
  assert.deepEqual(story.change(3), []);
  const outcome = { kind: "done" } as const;
  story.send({ kind: "acted", ticket, outcome });
  assert.deepEqual(story.change(3), ["act on 3"]);
});

Deno.test("applying: a change that asks for nothing only counts", () => {
  const story = Stepping.ready({ ...QUICK, onChange: { kind: "none" } }, 1);
  assert.deepEqual(story.change(2), []);
  assert.equal(story.model.reloads, 1);
  assert.equal(story.baseline, "2");
});

/** An action for content 2 has failed; the child had 1. */
function halfDone(policy = { ...QUICK, onChange: EXEC }): Stepping {
  const story = Stepping.ready(policy, 1);
  story.change(2);
  if (policy.vetting !== undefined) story.verdict("approved");
  story.acted("failed");
  return story;
}

Deno.test("applying: after an action that failed, the content from before is put into effect", () => {
  const story = halfDone();
  assert.deepEqual(story.change(1), ["act on 1"]);
  story.acted("done");
  assert.deepEqual(story.change(1), [], "it is known now what the child has");
});

Deno.test("applying: after an action that failed, the content from before is checked and put into effect", () => {
  const story = halfDone({ ...SAFE, onChange: EXEC });
  assert.deepEqual(story.change(1), ["vet 1"]);
  assert.deepEqual(story.verdict("approved"), ["act on 1"]);
});

Deno.test("applying: after two actions that failed, the content from before is put into effect", () => {
  const story = halfDone();
  assert.deepEqual(story.change(3), ["act on 3"]);
  story.acted("failed");
  assert.deepEqual(story.change(1), ["act on 1"]);
});

Deno.test("applying: the doubt about a failed action outlives a refusal", () => {
  const story = halfDone({ ...SAFE, onChange: EXEC });
  story.change(3);
  story.verdict("rejected");
  assert.deepEqual(story.change(1), ["vet 1"]);
});

Deno.test("applying: the doubt about a failed action outlives content that comes and goes", () => {
  const story = halfDone({ ...QUICK, onChange: EXEC, debounceMs: 500 });
  story.now += 500;
  story.look(2);
  story.acted("failed");
  story.look(3);
  story.look(1);
  story.now += 500;
  assert.deepEqual(story.look(1), ["act on 1"]);
});

Deno.test("applying: of several paths, only those of the failed action are in doubt", () => {
  const configs = [
    { path: "/a", named: true, action: EXEC },
    { path: "/b", named: true },
  ];
  const story = Stepping.ready({ ...QUICK, configs }, 1, 1);
  assert.deepEqual(story.change(2, 1), ["act on 2,1"]);
  story.acted("failed");
  assert.deepEqual(story.change(1, 1), ["act on 1,1"], "no restart for /b");
});

Deno.test("applying: a child that is started anew is in no doubt", () => {
  const crash = { ...SAFE.crash, restart: "always" } as const;
  const story = halfDone({ ...SAFE, crash, onChange: EXEC });
  story.end(1, 1);
  story.timer("retry");
  story.send({ kind: "ready", run: 2 });
  assert.deepEqual(story.change(1), []);
});

/** A child that has the action `none` for a path is not told of it: what follows is no answer to that. */
Deno.test("applying: changes that ask for nothing show no feedback", () => {
  const onChange: Action = { kind: "none" };
  const policy = { ...QUICK, onChange };
  const story = new Stepping(policy);
  story.send({ kind: "begin" });
  story.look(1);
  for (let content = 2; content < 12; content++) story.change(content);
  assert.equal(story.model.reloads, 10);
  assert.equal(story.model.feedback.reloads, 0);
});

/** What is counted as an answer of the child when the action ends so, and ends so again ten times. */
function answersAfter(
  policy: typeof QUICK,
  outcome: "failed" | "unswitched",
  retryMs: number,
): number {
  const story = new Stepping({ ...policy, onChange: EXEC });
  story.send({ kind: "begin" });
  story.look(1);
  story.send({ kind: "ready", run: 1 });
  story.change(2);
  story.acted(outcome);
  for (let times = 0; times < 10; times++) {
    story.now += retryMs;
    assert.deepEqual(story.timer("defer"), ["act on 2"]);
    story.acted(outcome);
  }
  return story.model.feedback.reloads;
}

Deno.test("applying: an action that failed and is run again answers no change of its own", () => {
  const retryRejected = { firstMs: 1_000, maxMs: 1_000 };
  const policy = { ...QUICK, retryRejected };
  assert.equal(answersAfter(policy, "failed", 1_000), 1);
});

Deno.test("applying: content that could not be shown and is tried again answers no reload", () => {
  const policy = { ...SAFE, vetting: undefined };
  assert.equal(answersAfter(policy, "unswitched", 30_000), 1);
});

const SIGNAL: Action = { kind: "signal", signal: "SIGUSR2" };

/** How long after each change the next one is confirmed, if the child answers each by another one. */
function windowsOf(onChange: Action, changes: number): number[] {
  const policy = { ...QUICK, onChange, debounceMs: 200, debounceMaxMs: 5_000 };
  const story = Stepping.ready(policy, 1);
  return Array.from({ length: changes }, (_, at) => {
    const content = at + 2;
    story.look(content);
    const since = story.now;
    const timer = story.effects.find((effect) =>
      effect.kind === "timer" && effect.name === "look"
    );
    assert.ok(timer?.kind === "timer" && timer.at !== undefined);
    story.now = timer.at;
    const words = story.look(content);
    assert.equal(words.length, 1, `${content} is put into effect`);
    if (onChange.kind === "exec") story.acted("done");
    story.look(content);
    return timer.at - since;
  });
}

for (const onChange of [SIGNAL, EXEC]) {
  Deno.test(`applying: a child that answers each ${onChange.kind} by another change has to wait for longer and longer`, () => {
    assert.deepEqual(
      windowsOf(onChange, 12),
      [200, 200, 200, 200, 200, 200, 200, 1_500, 3_000, 5_000, 5_000, 5_000],
    );
  });
}

const HTTP: Action = { kind: "http", method: "POST", url: "http://h/" };

/** Three paths, each with an action of its own. */
const THREE = [SIGNAL, EXEC, HTTP].map((action, at) => ({
  path: `/${at}`,
  named: true,
  action,
}));

Deno.test("applying: several actions are carried out one after the other, in the order of the paths", () => {
  const story = Stepping.ready({ ...QUICK, configs: THREE }, 1, 1, 1);
  assert.deepEqual(story.change(2, 2, 2), ["SIGUSR2 1", "act on 2,2,2"]);
  assert.equal(story.baseline, "1,1,1");
  assert.deepEqual(story.acted("done"), ["act on 2,2,2"]);
  assert.equal(story.baseline, "1,1,1");
  story.acted("done");
  assert.equal(story.baseline, "2,2,2");
  assert.equal(story.model.reloads, 1);
  assert.deepEqual(
    story.lines.filter((line) => line.startsWith("Config file change det"))
      .map((line) => line.slice("Config file change detected, ".length)),
    [
      "carrying out 3 actions in order: signal:USR2, exec:apply, http:POST:http://h/",
      "sending SIGUSR2 to child process (PID: 1001)",
      "running apply",
      "calling POST http://h/",
    ],
  );
});

Deno.test("applying: a failure ends several actions, and the next turn begins with the first", () => {
  const retryRejected = { firstMs: 1_000, maxMs: 1_000 };
  const configs = [THREE[2], THREE[1], THREE[0]];
  const policy = { ...QUICK, configs, retryRejected };
  const story = Stepping.ready(policy, 1, 1, 1);
  story.change(2, 2, 2);
  story.acted("done");
  story.acted("failed");
  assert.equal(
    story.logged[0].text,
    "Cannot apply the new configuration: exec:apply: bad (not begun after it: signal:USR2); tried again in 1s unless it changes",
  );
  story.now += 1_000;
  assert.deepEqual(story.timer("defer"), ["act on 2,2,2"]);
  assert.deepEqual(story.acted("done"), ["act on 2,2,2"]);
  assert.deepEqual(story.acted("done"), ["SIGUSR2 1"]);
});

Deno.test("applying: a child that ends of a signal before the other actions are done goes back", () => {
  const configs = [THREE[0], THREE[1]];
  const story = Stepping.ready({ ...SAFE, configs }, 1, 1);
  story.change(2, 2);
  story.verdict("approved");
  assert.deepEqual(story.acted("done"), ["SIGUSR2 1", "act on 2,2"]);
  assert.equal(story.end(1, 1)[0], "spawn 2 on 1,1");
  assert.match(story.lines.join(), /Rolling back/);
});

/** A signal has told the child of content 2, and the action after it has failed; so long ago. */
function toldInVain(
  agoMs: number,
  configs: readonly WatchedPath[],
  others: Partial<Policy> = {},
): Stepping {
  const story = Stepping.ready({ ...SAFE, configs, ...others }, 1, 1);
  story.change(2, 2);
  story.verdict("approved");
  story.acted("done");
  story.acted("failed");
  story.now += agoMs;
  return story;
}

Deno.test("applying: a child that ends of a signal after a later action has failed goes back", () => {
  const story = toldInVain(SAFE.ready.timeoutMs - 1, [THREE[0], THREE[1]]);
  assert.equal(story.end(1, 1)[0], "spawn 2 on 1,1");
  assert.match(story.lines.join(), /Rolling back/);
});

Deno.test("applying: what a signal has told it counts too while the same content has its next turn", () => {
  const retryRejected = { firstMs: 1_000, maxMs: 1_000 };
  const turns: ((story: Stepping) => unknown)[] = [
    (story) => assert.deepEqual(story.timer("defer"), ["vet 2,2"]),
    (story) => {
      story.timer("defer");
      story.verdict("rejected", "circumstances");
    },
    (story) => {
      story.send({ kind: "hold", reason: undefined, forMs: undefined });
      story.timer("defer");
      assert.match(story.lines.join(), /held back/);
    },
  ];
  for (const turn of turns) {
    const configs = [THREE[0], THREE[1]];
    const story = toldInVain(1_000, configs, { retryRejected });
    turn(story);
    assert.equal(story.end(1, 3)[0], "spawn 2 on 1,1");
    assert.match(story.lines.join(), /Rolling back/);
  }
});

Deno.test("applying: what a signal has told it counts until other content is put into effect", () => {
  const told = () => toldInVain(1_000, [THREE[0], THREE[1]]);
  const refused = told();
  refused.change(3, 3);
  refused.verdict("rejected");
  assert.equal(refused.end(1, 3)[0], "spawn 2 on 1,1");

  const accepted = told();
  accepted.change(1, 1);
  accepted.verdict("approved");
  accepted.acted("done");
  accepted.acted("done");
  assert.equal(accepted.baseline, "1,1");
  accepted.end(1, 3);
  assert.doesNotMatch(accepted.lines.join(), /Rolling back/);
});

Deno.test("applying: a child that has survived a signal for as long as one may need has not ended of it", () => {
  const story = toldInVain(SAFE.ready.timeoutMs, [THREE[0], THREE[1]]);
  story.end(1, 1);
  assert.doesNotMatch(story.lines.join(), /Rolling back/);
});

Deno.test("applying: a child that no signal has told ends by itself", () => {
  const story = toldInVain(1, [THREE[1], THREE[2]]);
  story.end(1, 1);
  assert.doesNotMatch(story.lines.join(), /Rolling back/);
});

Deno.test("applying: a restart is taken alone, and says what it leaves out", () => {
  const configs = [THREE[1], { path: "/restart", named: true }];
  const story = Stepping.ready({ ...QUICK, configs }, 1, 1);
  assert.equal(story.change(2, 2)[0], "SIGTERM 1");
  assert.match(story.lines.join(), /so this is skipped: exec:apply/);
});
