/** Real answers hold to docs/status.schema.json, which says what each property is. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv";
import { emptyJournal } from "../../../src/control/journal/empty_journal.ts";
import { record } from "../../../src/control/journal/record.ts";
import { debugOf } from "../../../src/control/status/debug.ts";
import { statusOf } from "../../../src/control/status/status.ts";
import type { Facts } from "../../../src/control/vocabulary/facts.ts";
import type { FleetFacts } from "../../../src/control/vocabulary/fleet.ts";
import { PHASES } from "../../../src/control/vocabulary/journal.ts";
import type { Status } from "../../../src/control/vocabulary/status.ts";
import { step } from "../../../src/core/step.ts";
import { OVERLAP, QUICK, SAFE } from "../../simulation/stepping.ts";
import { runSchedule } from "../../simulation/run.ts";
import { tell } from "../../simulation/schedule.ts";
import { FLEET_FACTS } from "../fleet_example.ts";
import { EPOCH, REFUSED, Story, TURNS } from "../journal/story.ts";
import { factsOf, WATCHING } from "./facts.ts";

const SCHEMA = JSON.parse(
  Deno.readTextFileSync(
    new URL("../../../docs/status.schema.json", import.meta.url),
  ),
);
const DATE_TIME =
  /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  formats: { "date-time": DATE_TIME },
});
const isValid = ajv.compile(SCHEMA);

/** As it goes out: what JSON leaves out is left out here too. */
function check(status: Status): void {
  const sent = JSON.parse(JSON.stringify(status));
  assert.ok(isValid(sent), JSON.stringify(isValid.errors, undefined, 2));
}

function statusAt(story: Story, changes: Partial<Facts> = {}): Status {
  const { model, policy, journal } = story;
  const facts = factsOf(story, changes);
  return {
    ...statusOf(model, policy, journal, facts),
    debug: debugOf(WATCHING, journal, facts),
  };
}

Deno.test("schema: the answer before the first child holds to it", () => {
  check(statusAt(new Story(QUICK)));
});

Deno.test("schema: the answers around a rollback hold to it", () => {
  const story = Story.ready({
    ...SAFE,
    retryRejected: { firstMs: 10_000, maxMs: 10_000 },
  }, 1);
  check(statusAt(story));
  story.change(2);
  check(statusAt(story));
  story.verdict("approved");
  check(statusAt(story));
  story.wait(10).end(1);
  story.overdue(2);
  check(statusAt(story));
  story.end(2);
  check(statusAt(story));
  story.send({ kind: "ready", run: 3 });
  check(statusAt(story));
});

Deno.test("schema: the answers of a manager with a fleet hold to it", () => {
  const story = Story.ready(TURNS, 1);
  const checkNow = (changes: Partial<FleetFacts> = {}) =>
    check(statusAt(story, { fleet: { ...FLEET_FACTS, ...changes } }));
  checkNow({ reading: undefined, fault: "no answer" });
  story.change(3);
  checkNow();
  story.slot(REFUSED);
  checkNow();
  story.change(2);
  story.slot({ kind: "slotTaken", isTrial: true });
  checkNow();
  story.end(1);
  story.look(2);
  checkNow();
});

Deno.test("schema: the answers in random schedules hold to it", () => {
  const states = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const { policy } = tell(seed);
    const paths = policy.configs.map(({ path }) => path);
    let journal = emptyJournal(EPOCH, paths);
    let failure: unknown;
    runSchedule(seed, (model, event, policy) => {
      const transition = step(model, event, policy);
      const { effects, model: after } = transition;
      const at = EPOCH + event.at;
      journal = record(journal, { event, before: model, after, effects }, at);
      if (event.kind === "hint" || event.kind === "observed") return transition;
      states.add(after.state.kind);
      const facts = factsOf({ now: event.at });
      // The loop would take what is thrown here for a bug of the core.
      try {
        check({
          ...statusOf(after, policy, journal, facts),
          debug: debugOf({ ...WATCHING, ...policy }, journal, facts),
        });
      } catch (error) {
        failure ??= error;
      }
      return transition;
    });
    if (failure !== undefined) throw failure;
  }
  assert.ok(states.size >= 10, [...states].join(", "));
});

Deno.test("schema: another answer does not hold to it", () => {
  const status = JSON.parse(JSON.stringify(statusAt(Story.ready(OVERLAP, 1))));
  assert.ok(!isValid({ ...status, uptime: 3 }), "one more property");
  assert.ok(!isValid({ ...status, timestamp: "yesterday" }), "no moment");
  assert.ok(!isValid({ ...status, pid: null }), "no process id");
});

/** Every schema in this one that describes a property. */
function* propertiesOf(schema: unknown, at = ""): Generator<[string, unknown]> {
  if (typeof schema !== "object" || schema === null) return;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "properties") {
      for (const [property, inner] of Object.entries(value ?? {})) {
        yield [`${at}/${property}`, inner];
      }
    }
    yield* propertiesOf(value, `${at}/${name}`);
  }
}

Deno.test("schema: every property is described, and none is optional but debug", () => {
  const found = [...propertiesOf(SCHEMA)];
  assert.ok(found.length > 70, String(found.length));
  for (const [at, schema] of found) {
    assert.match(
      String(Object(schema).description),
      /^[A-Za-z].*\.$/,
      `${at} is described in a sentence`,
    );
  }
  assert.deepEqual(
    Object.keys(SCHEMA.properties).filter((name) =>
      !SCHEMA.required.includes(name)
    ),
    ["debug"],
  );
});

Deno.test("schema: it has the phases of the journal", () => {
  const { phases, phase } = SCHEMA.$defs.reload.properties;
  assert.deepEqual(phases.items.properties.phase.enum, [...PHASES]);
  assert.deepEqual(phase.enum, [...PHASES, null]);
});
