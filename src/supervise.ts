/**
 * Puts the real system together for one manager: the host's parts, the event
 * loop between them, and the order in which they start. The child comes first;
 * whatever it does not need waits until it runs.
 */
import { App, type Host } from "./app.ts";
import type { TimerName } from "./core/event.ts";
import { EXIT_CHECK_FAILED } from "./core/exit_status.ts";
import { fractionOf } from "./core/fraction.ts";
import { opening } from "./core/opening.ts";
import type { Policy } from "./core/policy.ts";
import type { Settings } from "./core/settings.ts";
import type { Signal } from "./core/signals.ts";
import * as messages from "./core/start_messages.ts";
import { Child } from "./host/child.ts";
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
import type { Watcher, WatcherOptions } from "./host/watcher.ts";
import {
  CopyLost,
  isPlain,
  plainProvisions,
  type Provisions,
  StartRefused,
} from "./plain.ts";
import { VERSION } from "./version.ts";

/** Runs one manager to its end; resolves to the exit code. */
export async function supervise(settings: Settings, log: Log): Promise<number> {
  announce(settings, log);
  const hasLibc = unblockSignals();
  if (!hasLibc) log.write(messages.libcUnavailable());
  const policy = policyOf(settings);
  const reapsOrphans = Deno.pid === 1 || settings.subreaper;
  if (settings.subreaper && hasLibc && !becomeSubreaper()) {
    log.write(messages.subreaperUnavailable("prctl was refused"));
  }

  let reaper: Reaper | undefined;
  const processes = new Processes(() => reaper?.reap());
  const started = Promise.withResolvers<void>();
  let provisions: Provisions;
  try {
    provisions = isPlain(settings)
      ? plainProvisions(settings)
      : await provideFor(settings, policy, log, processes, (happening) =>
        app.dispatch(happening));
  } catch (error) {
    log.write(
      messages.cannotBegin(error instanceof Error ? error.message : `${error}`),
    );
    return EXIT_CHECK_FAILED;
  }
  const app = assemble(settings, policy, log, processes, provisions, {
    onStart: started.resolve,
    afterExit: () => reaper?.reap(),
  });
  const reapAll = () => {
    processes.collect();
    reaper?.reap();
  };
  catchBugs(app);
  subscribe(
    (signal) => onSignal(signal, app, log),
    reapAll,
  );
  app.dispatch({ kind: "begin" });
  try {
    // What the child does not wait for is not even parsed before it runs.
    await Promise.race([started.promise, app.done]);
    hearAll();
    const { createReaper, createWatcher } = await import("./late.ts");
    if (reapsOrphans) reaper = createReaper((pid) => processes.isManaged(pid));
    reapAll();
    const { configs } = policy;
    const { pollIntervalMs } = settings;
    const watched = { configs, pollIntervalMs, log: log.write };
    await watch(app, createWatcher, watched, reapAll);
  } catch (error) {
    // There may be a child, which must not be left alone.
    app.dispatch({ kind: "bug", detail: String(error) });
  }
  const code = await app.done;
  await provisions.close();
  return code;
}

/** Starts to watch, unless all is over. */
async function watch(
  app: App,
  createWatcher: (options: WatcherOptions) => Watcher,
  watched: Omit<WatcherOptions, "onHint">,
  reapAll: () => void,
): Promise<void> {
  const { configs, pollIntervalMs, log } = watched;
  for (const { path } of configs) {
    if (isMountedFile(path)) log(messages.configNeverUpdates(path));
  }
  if (app.model.state.kind === "done") return;
  const onHint: WatcherOptions["onHint"] = (cause) => {
    // SIGCHLD, too, is only a hint: one that was lost must not matter.
    if (cause === "poll") reapAll();
    app.dispatch({ kind: "hint", cause });
  };
  await createWatcher({ ...watched, onHint }).start();
  if (configs.length === 0) setInterval(reapAll, pollIntervalMs);
}

/** Loads and opens what only some managers need. */
async function provideFor(
  settings: Settings,
  { configs }: Policy,
  log: Log,
  processes: Processes,
  dispatch: App["dispatch"],
): Promise<Provisions> {
  const { provide } = await import("./provisions.ts");
  return await provide({
    settings,
    configs,
    processes,
    log: log.write,
    dispatch,
  });
}

function policyOf(settings: Settings): Policy {
  const { check, snapshotDir, environmentSources, waitFor } = settings;
  const configs = pathsToWatch(settings.configs);
  const snapshots = snapshotDir !== undefined && configs.length > 0;
  const vets = check.command !== undefined || snapshots ||
    environmentSources.length > 0;
  return {
    ...settings,
    configs,
    snapshots,
    vetting: vets ? { atStart: check.atStart } : undefined,
    waitTimeoutMs: waitFor.length > 0 ? settings.waitTimeoutMs : undefined,
    splayMs: settings.splayMs === 0
      ? 0
      : Math.round(settings.splayMs * fractionOf(Deno.hostname())),
    foreground: hasTerminal(),
    seed: Math.floor(Math.random() * 2 ** 32),
  };
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
  /** A child was started, or something was begun that has to come before. */
  readonly onStart: () => void;
  /** The child's status is known. */
  readonly afterExit: () => void;
}

function assemble(
  settings: Settings,
  policy: Policy,
  log: Log,
  processes: Processes,
  provisions: Provisions,
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
      provisions.ended(run);
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
      try {
        const result = child.spawn(run, provisions.incarnation(run, occasion));
        if (result.kind === "failed") provisions.ended(run);
        return result;
      } catch (error) {
        const kind = error instanceof StartRefused
          ? "refused"
          : error instanceof CopyLost
          ? "lost"
          : undefined;
        if (kind === undefined) throw error;
        const { message: detail } = error as Error;
        return { kind: "failed", failure: { kind, detail } };
      } finally {
        onStart();
      }
    },
    signal: (run, signal) => child.signal(run, signal),
    isGroupAlive: (run) => child.isGroupAlive(run),
    setTimer: (name, at) => timers.set(name, at),
    suspend,
    vet: (ticket, content) => {
      onStart();
      provisions.vet(ticket, content);
    },
    act: (...what) => provisions.act(...what),
    cancel: () => provisions.cancel(),
    activate: (content) => provisions.activate(content),
    keep: (contents) => provisions.keep(contents),
    awaitDependencies: () => {
      onStart();
      provisions.awaitDependencies();
    },
  };
  const app = new App(
    host,
    policy,
    opening,
    async () => (await import("./late.ts")).step,
  );
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
