/**
 * Plays a reload and a stop to nobody, once the child runs. The first reload is
 * mostly compiling what it goes through, and between two children that is time
 * without one; most managers see few reloads, and wait long for the first.
 */
import { App, type Happening, type Host } from "./loop.ts";
import type { Fingerprint } from "../core/vocabulary/fingerprint.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Model } from "../core/vocabulary/model.ts";
import { step } from "../core/step.ts";
import { isThere } from "../host/process/group_presence.ts";

const nothing = () => {};

/**
 * Plays it with the real core and a host that does nothing; what the real one
 * loads for it is loaded. Returns how it ended, for a test.
 */
export function rehearse(policy: Policy): Model {
  isThere(Deno.pid);
  let now = 0;
  const host: Host = {
    now: () => now,
    log: nothing,
    look: nothing,
    spawn: nothing,
    signal: nothing,
    isGroupAlive: () => false,
    setTimer: nothing,
    suspend: nothing,
    vet: nothing,
    act: nothing,
    cancel: nothing,
    activate: nothing,
    keep: nothing,
    awaitDependencies: nothing,
  };
  const app = new App(host, policy, step);
  const ended = (run: number): Happening => ({
    kind: "exited",
    run,
    status: { kind: "code", code: 0 },
  });
  const script: Happening[] = [
    { kind: "begin" },
    { kind: "available" },
    seen(policy, "first"),
    { kind: "spawned", run: 1, pid: 1 },
    seen(policy, "first"),
    { kind: "hint", cause: "replacement" },
    seen(policy, "second"),
    { kind: "timer", name: "look" },
    seen(policy, "second"),
    ended(1),
    seen(policy, "second"),
    { kind: "spawned", run: 2, pid: 2 },
    { kind: "signal", signal: "SIGHUP" },
    { kind: "signal", signal: "SIGTERM" },
    ended(2),
  ];
  for (const happening of script) {
    // Longer than any quiet window.
    now += policy.debounceMaxMs + policy.debounceMs;
    app.dispatch(
      happening.kind === "observed"
        ? { ...happening, startedAt: now }
        : happening,
    );
  }
  return app.model;
}

/** A look that finds this in every path. */
function seen(policy: Policy, identity: string): Happening {
  const fingerprint: Fingerprint = policy.configs.map(() => ({
    kind: "file",
    identity,
    dev: 1,
    ino: 1,
    size: 1,
    mtimeMs: 1,
  }));
  return {
    kind: "observed",
    startedAt: 0,
    observation: { at: 0, fingerprint, depth: "content", cause: "event" },
  };
}
