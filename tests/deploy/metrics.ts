/** The metrics of a manager that is made by hand, for a real Prometheus to scrape. */
import {
  answerToScrape,
  exposition,
} from "../../src/control/metrics/exposition.ts";
import type { Scrape } from "../../src/control/metrics/scrape.ts";
import { BUSY } from "../control/metrics/scrape_values.ts";
import { serve } from "../fixtures/server.ts";

/** The names of all series of a busy manager. */
export function metricNames(): ReadonlySet<string> {
  const { journal, model, facts } = BUSY;
  const text = exposition(journal, model, facts, "text");
  return new Set(
    text.trimEnd().split("\n").filter((line) => !line.startsWith("#"))
      .map((line) => line.split(/[{ ]/)[0]),
  );
}

/** Answers a scrape with what `scrape` gives, until the end of its scope. */
export function servedMetrics(scrape: () => Scrape) {
  const contentTypes = new Set<string>();
  const server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    ({ headers }) => {
      const accept = headers.get("accept") ?? undefined;
      const { contentType, body } = answerToScrape(scrape(), accept);
      contentTypes.add(contentType);
      return new Response(body, { headers: { "content-type": contentType } });
    },
  );
  const { hostname, port } = server.addr;
  return {
    address: `${hostname}:${port}`,
    /** Of the answers so far. */
    contentTypes,
    [Symbol.asyncDispose]: () => server.end(),
  };
}
