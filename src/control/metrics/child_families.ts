/** Metrics of the child: whether it runs, its starts and ends, and what it uses. */
import type { Scrape } from "./scrape.ts";
import { isChildReady, isChildUp, livenessFailures } from "./model_values.ts";
import { byLabel, counter, gauge, PREFIX } from "./sample.ts";
import type { Family, Sample } from "./text_format.ts";

const CHILD = `${PREFIX}child_`;
const MS = 1000;

export function childFamilies(scrape: Scrape): readonly Family[] {
  const { journal, model, facts } = scrape;
  const startedAt = isChildUp(model) ? journal.childStartedAt : undefined;
  return [
    gauge(`${CHILD}up`, "Whether the child runs.", isChildUp(model)),
    gauge(
      `${CHILD}ready`,
      "Whether the child runs and is ready.",
      isChildReady(model),
    ),
    gauge(
      `${CHILD}start_time_seconds`,
      "When the child that runs was started, in seconds since the epoch.",
      startedAt === undefined ? undefined : startedAt / MS,
    ),
    gauge(
      `${CHILD}uptime_seconds`,
      "For how long the child has run.",
      startedAt === undefined
        ? undefined
        : Math.max(0, facts.now - startedAt) / MS,
    ),
    counter(
      `${CHILD}starts`,
      "Starts of a child, by reason.",
      byLabel("reason", journal.starts),
    ),
    counter(
      `${CHILD}exits`,
      "Ends of a child, by exit code or by the signal that killed it.",
      Object.entries(journal.exits).map(exitSample),
    ),
    gauge(
      `${CHILD}crashes_in_a_row`,
      "Crashes of the child since it last ran well.",
      model.crashes.streak,
    ),
    counter(
      `${CHILD}liveness_probes`,
      "Probes of --live, by result.",
      byLabel("result", journal.lived),
    ),
    gauge(
      `${CHILD}liveness_failures_in_a_row`,
      "Probes of --live that the child that runs has failed in a row.",
      livenessFailures(model),
    ),
    ...usageFamilies(scrape),
  ];
}

/** `code:0` or `signal:SIGKILL`. Both labels are always there, one of them empty. */
function exitSample([end, value]: [string, number]): Sample {
  const [kind, name] = end.split(":");
  const labels = kind === "signal"
    ? { code: "", signal: name }
    : { code: name, signal: "" };
  return { labels, value };
}

/** Of the main process and all others of its group. */
function usageFamilies({ facts: { child } }: Scrape): readonly Family[] {
  return [
    counter(
      `${CHILD}cpu_seconds`,
      "CPU time that the processes of the child's group have used, in seconds.",
      child?.cpuSeconds,
    ),
    gauge(
      `${CHILD}resident_memory_bytes`,
      "Resident memory of the child's group, in bytes; shared pages count for each process.",
      child?.residentBytes,
    ),
    gauge(
      `${CHILD}open_fds`,
      "Open file descriptors of the child's group.",
      child?.openDescriptors,
    ),
    gauge(
      `${CHILD}threads`,
      "Threads of the child's group.",
      child?.threads,
    ),
    gauge(
      `${CHILD}processes`,
      "Processes of the child's group.",
      child?.processes,
    ),
  ];
}
