/**
 * Puts the real system together for one manager: the host's parts, the event
 * loop between them, and the order in which they start. The child comes first;
 * whatever it does not need waits until it runs.
 */
import { App, type Host } from "./app.ts";
import type { TimerName } from "./core/event.ts";
import * as messages from "./core/messages.ts";
import type { Policy } from "./core/policy.ts";
import type { Settings } from "./core/settings.ts";
import type { Signal } from "./core/signals.ts";
import { Child } from "./host/child.ts";
import { childEnvironment } from "./host/child_env.ts";
import { monotonicNow, Timers } from "./host/clock.ts";
import {
  describeConfig,
  isMountedFile,
  pathsToWatch,
} from "./host/config_paths.ts";
import { Fingerprinter } from "./host/fingerprint.ts";
import type { Log } from "./host/log.ts";
import { Observer } from "./host/observer.ts";
import { Processes } from "./host/processes.ts";
import type { Reaper } from "./host/reaper.ts";
import { unblockSignals } from "./host/signal_mask.ts";
import { hearAll, subscribe } from "./host/signals.ts";
import { becomeSubreaper } from "./host/subreaper.ts";
import { hasTerminal, suspend } from "./host/terminal.ts";
import { VERSION } from "./version.ts";

/** Runs one manager to its end; resolves to the exit code. */
export async function supervise(settings: Settings, log: Log): Promise<number> {
  announce(settings, log);
  const hasLibc = unblockSignals();
  if (!hasLibc) log.write(messages.libcUnavailable());
  const policy: Policy = {
    ...settings,
    configs: pathsToWatch(settings.configs),
    foreground: hasTerminal(),
    seed: Math.floor(Math.random() * 2 ** 32),
  };
  const reapsOrphans = Deno.pid === 1 || settings.subreaper;
  if (settings.subreaper && hasLibc && !becomeSubreaper()) {
    log.write(messages.subreaperUnavailable("prctl was refused"));
  }

  let reaper: Reaper | undefined;
  const processes = new Processes();
  const started = Promise.withResolvers<void>();
  const app = assemble(settings, policy, log, processes, {
    onStart: started.resolve,
    afterExit: () => reaper?.reap(),
  });
  catchBugs(app);
  subscribe(
    (signal) => onSignal(signal, app, log),
    () => {
      processes.collect();
      reaper?.reap();
    },
  );
  app.dispatch({ kind: "begin" });

  // What the child does not wait for is not even parsed before it runs.
  await Promise.race([started.promise, app.done]);
  hearAll();
  const { createReaper, createWatcher } = await import("./late.ts");
  if (reapsOrphans) reaper = createReaper((pid) => processes.isManaged(pid));
  processes.collect();
  reaper?.reap();
  for (const { path } of policy.configs) {
    if (isMountedFile(path)) log.write(messages.configNeverUpdates(path));
  }
  if (app.model.state.kind === "done") return await app.done;
  const watcher = createWatcher({
    configs: policy.configs,
    pollIntervalMs: settings.pollIntervalMs,
    onHint: (cause) => app.dispatch({ kind: "hint", cause }),
    log: log.write,
  });
  await watcher.start();
  return await app.done;
}

function announce(settings: Settings, log: Log): void {
  const { command, args, configs } = settings;
  log.write(messages.starting(VERSION));
  log.write(messages.ownPid(Deno.pid));
  const paths = configs.map(({ path }) => path);
  log.write(messages.configuration(command, paths, args));
  log.write(messages.initializing(command));
  for (const config of configs) log.write(describeConfig(config));
  if (configs.length === 0) log.write(messages.configNoop(""));
}

/** Rest after a poll, for each file that it looked at: 5 s for 2,500 files. */
const POLL_REST_MS_PER_FILE = 2;
const POLL_REST_MAX_MS = 30_000;

interface Hooks {
  /** A child was started, or that was tried. */
  readonly onStart: () => void;
  /** The child's status is known. */
  readonly afterExit: () => void;
}

function assemble(
  settings: Settings,
  policy: Policy,
  log: Log,
  processes: Processes,
  { onStart, afterExit }: Hooks,
): App {
  const timers = new Timers<TimerName>((name) =>
    app.dispatch({ kind: "timer", name })
  );
  const paths = policy.configs.map(({ path }) => path);
  const fingerprinter = new Fingerprinter(paths, settings.compare);
  const observer = new Observer({
    take: (depth) => fingerprinter.look(depth),
    now: monotonicNow,
    // A poll of very many files would keep a processor busy: it may rest longer.
    pollRestMs: () =>
      Math.min(
        fingerprinter.filesSeen * POLL_REST_MS_PER_FILE,
        POLL_REST_MAX_MS,
      ),
    onObserved: (startedAt, observation) =>
      app.dispatch({ kind: "observed", startedAt, observation }),
    onError: (error) => app.dispatch({ kind: "bug", detail: String(error) }),
  });
  const child = new Child(processes, {
    ...settings,
    foreground: policy.foreground,
    onExit: (run, status) => {
      // Orphans that were hidden behind it come first: the group is probed next.
      afterExit();
      app.dispatch({ kind: "exited", run, status });
    },
    onSignalError: (signal, pid, why) =>
      log.write(messages.signalFailed(signal, pid, why)),
  });
  const host: Host = {
    now: monotonicNow,
    log: log.write,
    look: (depth, cause) => observer.look(depth, cause),
    spawn: (run, occasion) => {
      const env = childEnvironment(occasion, settings.compare);
      const result = child.spawn(run, env);
      onStart();
      return result;
    },
    signal: (run, signal) => child.signal(run, signal),
    isGroupAlive: (run) => child.isGroupAlive(run),
    setTimer: (name, at) => timers.set(name, at),
    suspend,
  };
  const app = new App(host, policy);
  return app;
}

/** An error that nobody caught stops the child before it ends us. */
function catchBugs(app: App): void {
  const report = (event: Event, error: unknown) => {
    event.preventDefault();
    app.dispatch({ kind: "bug", detail: String(error) });
  };
  addEventListener("error", (event) => report(event, event.error));
  addEventListener(
    "unhandledrejection",
    (event) => report(event, event.reason),
  );
}

/** Longer than a write takes to find its pipe closed. */
const BROKEN_PIPE_MS = 100;
let ownPipeSignalSeen = false;

function onSignal(signal: Signal, app: App, log: Log): void {
  if (signal !== "SIGPIPE") return app.dispatch({ kind: "signal", signal });
  // Writing to a closed stderr raises SIGPIPE in us: once, since nothing is
  // written there afterwards. That one is not meant for the child.
  void log.flush(BROKEN_PIPE_MS).then(() => {
    const own = log.isBroken() && !ownPipeSignalSeen;
    if (own) ownPipeSignalSeen = true;
    else app.dispatch({ kind: "signal", signal });
  });
}
