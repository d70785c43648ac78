/** The questions to a child, and their answers. */
import "../../host/loaded_libc.ts";
import assert from "node:assert/strict";
import { awakeNow } from "../../../src/host/base/clock.ts";
import type {
  LivenessRules,
  LiveSign,
} from "../../../src/core/vocabulary/settings.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import type { Notification } from "../../../src/host/ready/notification.ts";
import { LivenessQuestions } from "../../../src/manager/reloads/liveness.ts";
import type { Happening } from "../../../src/core/vocabulary/event.ts";
import { tempDirectory, until } from "../../host/temp.ts";

const SILENT: Notification = {
  isReady: false,
  watchdog: undefined,
  watchdogMs: undefined,
};
const ALIVE: Notification = { ...SILENT, watchdog: "alive" };

/** Questions to run 1, and what the event loop was told. */
function questions(sign: LiveSign, rules: Partial<LivenessRules> = {}) {
  const told: Happening[] = [];
  const asked = new LivenessQuestions({
    rules: {
      sign,
      intervalMs: 10_000,
      timeoutMs: 50,
      threshold: 3,
      action: { kind: "restart" },
      ...rules,
    },
    workdir: undefined,
    processes: new Processes(),
    dispatch: (happening) => void told.push(happening),
  });
  const admit = () => asked.admit(1, {}, (text) => text.replace("{run}", "1"));
  return { asked, told, admit };
}

const answersIn = (told: readonly Happening[]) =>
  told.flatMap((event) =>
    event.kind === "lived" ? [[event.question, event.why] as const] : []
  );

Deno.test("live questions: a file is asked for with its placeholders filled in", async () => {
  await using temp = await tempDirectory();
  const { asked, told, admit } = questions({
    kind: "file",
    path: `${temp.path}/alive.{run}`,
  });
  assert.deepEqual(admit(), {});
  asked.ask(1, 1);
  await until("a no", () => told.length === 1);
  Deno.writeTextFileSync(`${temp.path}/alive.1`, "");
  asked.ask(1, 2);
  await until("a yes", () => told.length === 2);
  assert.deepEqual(answersIn(told), [[1, "does not exist"], [2, undefined]]);
});

Deno.test("live questions: one that is replaced, or whose child has ended, has no answer", async () => {
  const hangs = { kind: "exec", argv: ["sleep", "100"] } as const;
  const { asked, told, admit } = questions(hangs, { timeoutMs: 300 });
  admit();
  asked.ask(1, 1);
  asked.ask(1, 2);
  await until("an answer", () => told.length > 0);
  assert.deepEqual(answersIn(told), [[2, "no answer within 300ms"]]);
  asked.ask(1, 3);
  asked.ended(1);
  asked.ask(1, 4);
  admit();
  asked.ask(1, 5);
  await until("the last answer", () => told.length > 1);
  assert.deepEqual(answersIn(told).slice(1), [[5, "no answer within 300ms"]]);
  asked.close();
});

Deno.test("live questions: the child is told of its watchdog", () => {
  Deno.env.set("WATCHDOG_PID", "4711");
  const { admit } = questions({ kind: "notify" });
  assert.deepEqual(admit(), { WATCHDOG_USEC: "10000000" });
  assert.equal(Deno.env.get("WATCHDOG_PID"), undefined);
});

Deno.test("live questions: WATCHDOG=1 answers the next question, once", async () => {
  const { asked, told, admit } = questions({ kind: "notify" });
  admit();
  asked.heard(1, ALIVE);
  const heardBy = awakeNow();
  asked.ask(1, 1);
  const [first] = told;
  assert.ok(first.kind === "lived" && first.why === undefined);
  assert.ok((first.heardAt ?? Infinity) <= heardBy);
  asked.ask(1, 2);
  await until("a no", () => told.length === 2);
  asked.ask(1, 3);
  asked.heard(1, ALIVE);
  assert.deepEqual(answersIn(told), [
    [1, undefined],
    [2, "no WATCHDOG=1"],
    [3, undefined],
  ]);
  asked.close();
});

Deno.test("live questions: WATCHDOG=1 of a stranger is told of", async () => {
  const { asked, told, admit } = questions({ kind: "notify" });
  admit();
  asked.strange(1, ALIVE, 4711);
  asked.ask(1, 1);
  await until("a no", () => told.length === 1);
  assert.deepEqual(answersIn(told), [
    [1, "WATCHDOG=1 came from process 4711, a stranger"],
  ]);
});

Deno.test("live questions: the child sets its watchdog, or says that it has failed", () => {
  const { asked, told, admit } = questions({ kind: "notify" });
  admit();
  asked.heard(1, { ...SILENT, watchdogMs: 2_000 });
  asked.heard(1, { ...SILENT, watchdogMs: Infinity });
  asked.heard(1, { ...SILENT, watchdog: "trigger" });
  asked.heard(7, { ...SILENT, watchdog: "trigger" });
  assert.deepEqual(told, [
    { kind: "liveInterval", run: 1, everyMs: 2_000 },
    { kind: "liveInterval", run: 1, everyMs: undefined },
    { kind: "liveTriggered", run: 1 },
  ]);
});

Deno.test("live questions: with a probe the child's messages say nothing", () => {
  const { asked, told, admit } = questions({ kind: "file", path: "/" });
  admit();
  asked.heard(1, { ...ALIVE, watchdog: "trigger" });
  assert.deepEqual(told, []);
});
