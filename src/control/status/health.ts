/** The answer to GET /health. Pure. */
import { isServing } from "../../core/child/ready_child.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { PathPrint } from "../../core/vocabulary/fingerprint.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import type { State } from "../../core/vocabulary/state.ts";
import type { Degradation, Facts } from "../vocabulary/facts.ts";
import type { Journal } from "../vocabulary/journal.ts";
import type { Health, HealthCheck, HealthLevel } from "../vocabulary/status.ts";
import { isEnding, servingChild } from "../../core/rules/children.ts";
import { moment } from "./moments.ts";
import { whyNoChild } from "./no_child.ts";
import { pathsOf } from "./paths.ts";

export function healthOf(model: Model, journal: Journal, facts: Facts): Health {
  const checks: Record<string, HealthCheck> = {
    ...namedChecks(facts),
    ...otherFacilities(facts),
    child: childCheck(model),
    config: configCheck(model, journal),
    watcher: facilityCheck(facts, "watcher", "file system events are heard"),
    control: facilityCheck(facts, "control", "requests are answered"),
    reaper: facilityCheck(facts, "reaper", "orphans are reaped"),
    dependencies: dependenciesCheck(model.state, facts),
  };
  return {
    status: worstOf(Object.values(checks).map(({ status }) => status)),
    timestamp: moment(facts.now),
    checks,
  };
}

/** The HTTP status code of an answer. */
export const codeOfHealth = ({ status }: Pick<Health, "status">): number =>
  status === "error" ? 503 : 200;

const LEVELS: readonly HealthLevel[] = ["ok", "degraded", "error"];

const worstOf = (found: readonly HealthLevel[]): HealthLevel =>
  LEVELS.findLast((level) => found.includes(level)) ?? "ok";

const ok = (detail: string): HealthCheck => ({ status: "ok", detail });
const degraded = (detail: string): HealthCheck => ({
  status: "degraded",
  detail,
});
const failed = (detail: string): HealthCheck => ({ status: "error", detail });

function childCheck(model: Model): HealthCheck {
  const { state } = model;
  if (isEnding(model)) return degraded("the manager is ending");
  const child = servingChild(state);
  if (child === undefined) return whyNoChild(state);
  if (state.kind === "draining") {
    return degraded("the child is left to its clients before it is stopped");
  }
  if (isServing(child)) return ok("the child runs and is ready");
  const { readiness } = child;
  return readiness.kind === "late"
    ? failed("the child did not become ready in its time")
    : degraded("the child runs and is not ready yet");
}

function configCheck(model: Model, journal: Journal): HealthCheck {
  const child = servingChild(model.state);
  const paths = pathsOf(journal, child);
  const given = child?.given ?? model.lastBaseline;
  const unreadable = paths.filter(({ status }, at) =>
    status === "unreadable" && model.health[at].kind === "faulty" &&
    !isExpected(given?.[at], journal.seen?.[at])
  );
  const rejected = paths.filter(({ status }) => status === "rejected");
  if (rejected.length > 0) {
    const names = rejected.map(({ path }) => path).join(", ");
    const why = journal.reloads.findLast(({ outcome }) =>
      outcome === "rejected" || outcome === "rolled_back" ||
      outcome === "failed"
    )?.detail;
    return degraded(
      oneLine(
        `new content of ${names} was rejected${
          why === undefined ? "" : `: ${why}`
        }; the child runs on other content`,
      ),
    );
  }
  if (unreadable.length > 0) {
    const names = unreadable.map(({ path }) => path).join(", ");
    return degraded(oneLine(`cannot read ${names}`));
  }
  return journal.lastReloadSucceeded === false
    ? degraded("the last reload did not succeed")
    : ok("the child runs on the latest content that was decided on");
}

/**
 * Whether a path is missing that the latest child was started without: nothing was
 * lost, and there is nothing yet that it could be given. A path that is there and
 * cannot be read is told of, whether or not the child has had its content.
 */
const isExpected = (
  given: PathPrint | undefined,
  disk: PathPrint | undefined,
): boolean =>
  given?.kind === "fault" && disk?.kind === "fault" && disk.fault === "missing";

const facilityCheck = (
  { degradations }: Facts,
  name: Degradation["facility"],
  good: string,
): HealthCheck => {
  const found = degradations.filter(({ facility }) => facility === name);
  return found.length === 0
    ? ok(good)
    : degraded(found.map(({ detail }) => detail).join("; "));
};

const CHECKED: ReadonlySet<string> = new Set(["watcher", "control", "reaper"]);

/** Facilities without a check of their own are told of when they are degraded. */
const otherFacilities = (facts: Facts): Record<string, HealthCheck> =>
  Object.fromEntries(
    facts.degradations
      .filter(({ facility }) => !CHECKED.has(facility))
      .map(({ facility }) => [facility, facilityCheck(facts, facility, "")]),
  );

const namedChecks = ({ dependencies }: Facts): Record<string, HealthCheck> =>
  Object.fromEntries(
    dependencies.map(({ name, status, detail }) => [
      name,
      { status: LEVEL_OF[status], detail },
    ]),
  );

const LEVEL_OF = { unknown: "degraded", ok: "ok", error: "error" } as const;

function dependenciesCheck(
  state: State,
  { dependencies }: Facts,
): HealthCheck {
  const missing = missingOf(state);
  if (missing.length > 0) {
    return degraded(oneLine(`waiting for ${missing.join(", ")}`));
  }
  const bad = dependencies.filter(({ status }) => status === "error");
  if (bad.length > 0) {
    return failed(bad.map(({ name }) => name).join(", "));
  }
  const unknown = dependencies.filter(({ status }) => status === "unknown");
  return unknown.length > 0
    ? degraded(
      `not looked at yet: ${unknown.map(({ name }) => name).join(", ")}`,
    )
    : ok("none is missing");
}

function missingOf(state: State): readonly string[] {
  if (state.kind === "awaiting") return state.wait.missing;
  return state.kind === "running" && state.pending.kind === "awaiting"
    ? state.pending.wait.missing
    : [];
}
