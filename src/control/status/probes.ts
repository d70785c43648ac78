/** The answers to GET /readyz and /livez, as the API server of Kubernetes words its own. Pure. */
import { isServing } from "../../core/child/ready_child.ts";
import type { Model } from "../../core/vocabulary/model.ts";
import type { ProbeCheck, Probed } from "../vocabulary/status.ts";
import { isEnding, servingChild } from "../../core/rules/children.ts";
import { whyNoChild } from "./no_child.ts";

/** Ready: a child runs and is ready, nothing is under way that stops it, and its clients are not to leave it. */
export function readinessOf(model: Model): Probed {
  const { state } = model;
  const child = servingChild(state);
  return probed([
    { name: "ping", reason: undefined },
    {
      name: "shutdown",
      reason: isEnding(model) ? "the manager is ending" : undefined,
    },
    {
      name: "child",
      reason: child === undefined ? whyNoChild(state).detail : undefined,
    },
    // Of a child that is not there, nobody can say whether it is ready.
    ...(child === undefined ? [] : [{
      name: "child-ready",
      reason: isServing(child) ? undefined : "the child is not ready yet",
    }]),
    {
      name: "drain",
      reason: state.kind === "draining"
        ? "the child is to be stopped and its clients are to leave it"
        : undefined,
    },
  ]);
}

/** Alive: what the manager has to do, it can do. Trouble of the child is none of the manager's. */
export const livenessOf = ({ state }: Model): Probed =>
  probed([
    { name: "ping", reason: undefined },
    {
      name: "child-end",
      reason: state.kind === "stopping" && state.phase.kind === "stuck"
        ? "the child is still there after SIGKILL, and none can be started beside it"
        : undefined,
    },
  ]);

const probed = (checks: readonly ProbeCheck[]): Probed => ({
  ok: checks.every(({ reason }) => reason === undefined),
  checks,
});

/** The body of the answer: `ok`, or why not; with `verbose` all checks, as the API server lists them. */
export function textOfProbe(
  name: "livez" | "readyz",
  { ok, checks }: Probed,
  verbose: boolean,
): string {
  const failed = checks.filter(({ reason }) => reason !== undefined);
  if (!verbose) {
    return ok
      ? "ok"
      : failed.map((check) => `${check.name}: ${check.reason}`).join("; ");
  }
  const lines = checks.map((check) =>
    check.reason === undefined
      ? `[+]${check.name} ok`
      : `[-]${check.name} failed: ${check.reason}`
  );
  return [...lines, `${name} check ${ok ? "passed" : "failed"}`].join("\n") +
    "\n";
}
