/** Facts of this process and of a real child, and what the sources say of themselves. */
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  createFactGatherer,
  type FactSources,
} from "../../../src/control/facts/gather_facts.ts";
import "../../host/loaded_libc.ts";
import { FLEET_FACTS } from "../fleet_example.ts";
import { modelWith, runningWith } from "../metrics/scrape_values.ts";

const sourcesWith = (change: Partial<FactSources> = {}): FactSources => ({
  version: "1.2.3",
  command: ["sleep", "600"],
  logLevel: () => "info",
  log: { lost: () => 4, fault: () => undefined },
  reaper: { reaped: () => 5, fault: () => undefined },
  watcher: () => ({ rearms: () => 6, faults: () => [] }),
  snapshotFault: () => undefined,
  controlFaults: () => [],
  dependencies: () => [],
  fleet: () => FLEET_FACTS,
  ...change,
});

const factsOf = (sources: FactSources, model = modelWith()) => {
  const gatherer = createFactGatherer(sources);
  const facts = gatherer.of(model);
  gatherer.stop();
  return facts;
};

Deno.test("what the sources say", () => {
  const model = modelWith({ state: { kind: "idle", held: [] } });
  const before = Date.now();
  const { now, clock, own, eventLoopLagS, ...rest } = factsOf(
    sourcesWith(),
    model,
  );
  ok(now >= before && now <= Date.now());
  ok(clock >= 0);
  equal(own?.processes, 1);
  ok(eventLoopLagS >= 0 && eventLoopLagS < 60);
  deepEqual(rest, {
    version: "1.2.3",
    pid: Deno.pid,
    command: ["sleep", "600"],
    logLevel: "info",
    degradations: [],
    dependencies: [],
    fleet: FLEET_FACTS,
    child: undefined,
    orphansReaped: 5,
    watchRearms: 6,
    logLinesDropped: 4,
  });
});

Deno.test("the use of a real child", async () => {
  const child = new Deno.Command("sleep", {
    args: ["600"],
    detached: true,
    stdin: "null",
  }).spawn();
  const state = runningWith({ pid: child.pid });
  const facts = factsOf(sourcesWith(), modelWith({ state }));
  child.kill("SIGKILL");
  await child.status;
  equal(facts.child?.processes, 1);
  equal(facts.child?.threads, 1);
});

Deno.test("before there is a watcher it has done nothing", () => {
  const facts = factsOf(sourcesWith({ watcher: () => undefined }));
  equal(facts.watchRearms, 0);
  deepEqual(facts.degradations, []);
});

Deno.test("each part that works less well is told, with why", () => {
  const facts = factsOf(sourcesWith({
    log: { lost: () => 0, fault: () => "l" },
    reaper: { reaped: () => 0, fault: () => "r" },
    watcher: () => ({ rearms: () => 0, faults: () => ["w1", "w2"] }),
    snapshotFault: () => "s",
    controlFaults: () => ["c"],
  }));
  deepEqual(facts.degradations, [
    { facility: "watcher", detail: "w1" },
    { facility: "watcher", detail: "w2" },
    { facility: "reaper", detail: "r" },
    { facility: "log", detail: "l" },
    { facility: "snapshots", detail: "s" },
    { facility: "control", detail: "c" },
  ]);
});
