/**
 * Opens what follows the reloads of a manager, where something asks for it: the
 * JSON log, whose lines have the number of their reload, traces, Events and the
 * condition of a pod, the control endpoint and a service manager. They share one
 * journal. Nothing is loaded otherwise.
 */
import { describeWatched } from "../core/notation/describe.ts";
import { reloadsNotFollowed } from "../core/text/manager.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { PodReportRules, Settings } from "../core/vocabulary/settings.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import type { Recorder } from "../control/journal/recorder.ts";
import type { Log } from "../host/log/log.ts";
import type { Tracing } from "./reloads/reload_system.ts";
import { VERSION } from "./version.ts";

export interface ReloadFollower {
  readonly onDecided: (taken: TakenStep) => void;
  /** The journal that `onDecided` enters each step in. */
  readonly recorder: Recorder;
  readonly onPerformed: () => void;
  /** For a program that is run for the reload that is under way. */
  readonly tracing: Tracing;
  /** Resolves within a second. */
  readonly close: () => Promise<void>;
}

/** Whether the log, the traces or the pod ask for it. */
export const followsReloads = (
  { logFormat, traces, podReports }: Settings,
): boolean => logFormat === "json" || traces === "otlp" || tellsPod(podReports);

const tellsPod = ({ events, condition }: PodReportRules): boolean =>
  events || condition;

/** Rejects with an Error with one line for the user if the variables of the traces cannot be used. */
export async function openFollower(
  settings: Settings,
  { configs }: Policy,
  log: Log,
): Promise<ReloadFollower> {
  const { Follower, Recorder } = await import("../control/journal/follower.ts");
  const traces = settings.traces === "otlp" ? await openTraces(log) : undefined;
  const reports = tellsPod(settings.podReports)
    ? await openReports(settings.podReports, log)
    : [];
  const recorder = new Recorder(configs.map(describeWatched));
  const follower = new Follower({
    recorder,
    onChange: (then, now) => {
      traces?.onChange(then, now);
      for (const report of reports) report.onChange(then, now);
    },
    onFault: (error) => log.write(reloadsNotFollowed(String(error))),
  });
  if (settings.logFormat === "json") {
    log.numberReloads(() => follower.reload?.id);
  }
  return {
    onDecided: follower.onDecided,
    recorder,
    onPerformed: follower.onPerformed,
    tracing: (): Record<string, string> => {
      const { reload } = follower;
      return reload === undefined || traces === undefined
        ? {}
        : { TRACEPARENT: traces.traceparent(reload) };
    },
    close: async () => {
      await Promise.all([traces, ...reports].map((each) => each?.close()));
    },
  };
}

async function openReports(rules: PodReportRules, { write }: Log) {
  const { openPodReports } = await import(
    "../kubernetes/pod/open_pod_reports.ts"
  );
  return openPodReports(rules, write);
}

async function openTraces({ write }: Log) {
  const { openTraces } = await import("../control/traces/open_traces.ts");
  return openTraces({
    version: VERSION,
    variable: (name) => Deno.env.get(name),
    log: write,
  });
}
