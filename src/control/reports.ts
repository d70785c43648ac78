/** What the control endpoint tells of one manager: the answers that are made of its journal. */
import type { Model } from "../core/vocabulary/model.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { monotonicNow } from "../host/base/clock.ts";
import { createFactGatherer, type FactSources } from "./facts/gather_facts.ts";
import type { Recorder } from "./journal/recorder.ts";
import { exposition } from "./metrics/exposition.ts";
import {
  CONTENT_TYPES,
  type Format,
  formatFor,
} from "./metrics/text_format.ts";
import type { Control } from "./routes/control.ts";
import { debugOf } from "./status/debug.ts";
import { fleetStatusOf } from "./status/fleet_status.ts";
import { healthOf } from "./status/health.ts";
import { livenessOf, readinessOf, textOfProbe } from "./status/probes.ts";
import { moment } from "./status/moments.ts";
import { reloadStatusOf } from "./status/reload_status.ts";
import { holdStatusOf, statusOf } from "./status/status.ts";
import type {
  FleetAnswer,
  FleetFacts,
  MembersStatus,
} from "./vocabulary/fleet.ts";
import type { Probed } from "./vocabulary/status.ts";

export interface ReportSources {
  /** As they are now: some can be changed. */
  readonly settings: () => Pick<
    Settings,
    | "debounceMaxMs"
    | "debounceMs"
    | "minIntervalMs"
    | "pollIntervalMs"
    | "verifyIntervalMs"
  >;
  readonly recorder: Recorder;
  readonly model: () => Model;
  readonly facts: FactSources;
}

export interface Reports extends
  Pick<
    Control,
    "health" | "liveness" | "metrics" | "readiness" | "shownReload" | "status"
  > {
  /** A hold as /status shows it; null if there is none. */
  readonly shownHold: () => unknown;
  readonly shownFleet: (
    fleet: FleetFacts,
  ) => Omit<FleetAnswer, keyof MembersStatus>;
  /** Call it when a step was entered in the journal. */
  readonly onEntered: () => void;
  /** Ends what is measured all the time. */
  readonly stop: () => void;
}

/** Within this time, and until something happens, who scrapes gets the same: a thousand a second take 24 MB more otherwise. */
const FRESH_MS = 100;

/** The latest answer to a scrape. */
interface Scraped {
  readonly format: Format;
  readonly body: string;
  /** On the clock that never goes back. */
  readonly until: number;
}

export function createReports(
  { settings, recorder, model, facts }: ReportSources,
): Reports {
  let scraped: Scraped | undefined;
  const gatherer = createFactGatherer(facts);
  const factsNow = () => gatherer.of(model());
  return {
    onEntered: () => {
      scraped = undefined;
    },
    stop: gatherer.stop,
    status: (debug) => {
      const known = factsNow();
      const { journal } = recorder;
      const status = statusOf(model(), settings(), journal, known);
      return debug
        ? { ...status, debug: debugOf(settings(), journal, known) }
        : status;
    },
    health: () => healthOf(model(), recorder.journal, factsNow()),
    liveness: (verbose) => answerTo("livez", livenessOf(model()), verbose),
    readiness: (verbose) => answerTo("readyz", readinessOf(model()), verbose),
    metrics: (accept) => {
      const format = formatFor(accept);
      if (scraped?.format !== format || monotonicNow() >= scraped.until) {
        const { journal } = recorder;
        const body = exposition(journal, model(), factsNow(), format);
        scraped = { format, body, until: monotonicNow() + FRESH_MS };
      }
      return { contentType: CONTENT_TYPES[format], body: scraped.body };
    },
    shownReload: reloadStatusOf,
    shownFleet: (fleet) => {
      const known = factsNow();
      return {
        timestamp: moment(known.now),
        ...fleetStatusOf(model(), recorder.journal, known, fleet),
      };
    },
    shownHold: () => holdStatusOf(model(), factsNow()),
  };
}

const answerTo = (
  name: "livez" | "readyz",
  probed: Probed,
  verbose: boolean,
) => ({ ok: probed.ok, text: textOfProbe(name, probed, verbose) });
