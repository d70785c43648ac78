/** Traces of reloads by the executable, at a collector that knows OpenTelemetry's definitions. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { collector, valuesOf } from "../control/traces/collector.ts";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { change, linesOf, QUICK, runsOn, script } from "./reloads.ts";
import { until } from "./until.ts";

const CHILD = ["--env", "TRACEPARENT"];

/** What the n-th child was told. */
const traceparentOf = (manager: Manager, nth: number) =>
  /=(.*)$/.exec(
    manager.out.matches("env: TRACEPARENT").at(nth - 1)?.text ?? "",
  )?.[1];

const traced = (
  bench: Bench,
  endpoint: string,
  ...options: readonly string[]
) =>
  bench.onFile({
    options: [QUICK, ...options],
    child: CHILD,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: "e2e" },
  });

Deno.test(
  row(
    "traces: a reload is one trace, of which its check and its child know",
    async (bench) => {
      await using receiver = collector();
      const seen = bench.path("seen");
      const check = script(bench, "check", `echo "$TRACEPARENT" >> ${seen}`);
      const control = `unix:${bench.path("control.sock")}`;
      const { file, manager } = await traced(
        bench,
        receiver.url,
        "--traces=otlp",
        "--log-format=json",
        `--check-command=${check} {config}`,
        `--control=${control}`,
      );
      equal(traceparentOf(manager, 1), undefined);
      deepEqual(linesOf(seen), [""]);
      change(file, "second");
      await manager.out.wait("config: second");
      const [{ spans, resource }] = await until(
        "the trace",
        () => receiver.requests.length > 0 ? receiver.requests : undefined,
      );
      equal(valuesOf(resource)["service.name"], "e2e");
      const [root, ...phases] = spans;
      const values = valuesOf(root.attributes);
      equal(values["flush_manager.reload.outcome"], "applied");
      const names = phases.map(({ name }) => name);
      for (const name of ["debounce", "check", "stop", "start"]) {
        ok(names.includes(name), names.join(" "));
      }
      const contextIn = (name: string) => {
        const span = phases.find((phase) => phase.name === name);
        return `00-${root.traceId}-${span?.spanId}-01`;
      };
      equal(linesOf(seen).at(-1), contextIn("check"));
      equal(traceparentOf(manager, 2), contextIn("start"));
      // The number is the one of the log and of /status.
      const status = bench.run([
        "status",
        "-o",
        "json",
        `--control=${control}`,
      ]);
      equal(await status.exitCode(), 0);
      const { reloads } = JSON.parse(
        status.out.entries.map(({ text }) => text).join("\n"),
      );
      equal(String(reloads.at(-1).id), values["flush_manager.reload.id"]);
      const restarted = await manager.log.wait("restarted successfully");
      match(restarted.text, new RegExp(`"reload_id":${reloads.at(-1).id}\\b`));
    },
  ),
);

Deno.test(
  row(
    "traces: an exec action knows the trace, and a reload that was rejected is an error",
    async (bench) => {
      await using receiver = collector();
      const seen = bench.path("seen");
      const act = script(
        bench,
        "act",
        `echo "$TRACEPARENT" >> ${seen}; exit 3`,
      );
      const { file } = await traced(
        bench,
        receiver.url,
        "--traces=otlp",
        `--on-change=exec:${act}`,
      );
      change(file, "second");
      const [{ spans: [root, ...phases] }] = await until(
        "the trace",
        () => receiver.requests.length > 0 ? receiver.requests : undefined,
      );
      const span = phases.find(({ name }) => name === "act");
      deepEqual(linesOf(seen), [`00-${root.traceId}-${span?.spanId}-01`]);
      equal(root.status.code, 2);
    },
  ),
);

Deno.test(
  row(
    "traces: without the option nothing is sent, and the child has the variables for itself",
    async (bench) => {
      await using receiver = collector();
      const { file, manager } = await traced(bench, receiver.url);
      change(file, "second");
      await runsOn(manager, "second", 2);
      equal(traceparentOf(manager, 2), undefined);
      equal(await manager.stop(), 0);
      equal(receiver.requests.length, 0);
    },
  ),
);

Deno.test(
  row(
    "traces: a collector that hangs is one WARN line, and holds up the end by a second at most",
    async (bench) => {
      const hanging = Promise.withResolvers<Response>();
      await using receiver = collector(() => hanging.promise);
      const { file, manager } = await traced(
        bench,
        receiver.url,
        "--traces=otlp",
      );
      change(file, "second");
      await runsOn(manager, "second", 2);
      await until(
        "the request",
        () => receiver.requests.length > 0 ? true : undefined,
      );
      equal(await manager.stop(), 0);
      await manager.log.wait("Manager shutdown complete");
      equal(manager.log.count("Cannot send traces to "), 1);
      equal(manager.log.count("WARN: "), 1);
      hanging.resolve(Response.json({}));
    },
  ),
);

Deno.test(
  row(
    "traces: an endpoint that is none ends the start with 1",
    async (bench) => {
      const manager = bench.supervise({
        options: ["--traces=otlp"],
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
      });
      equal(await manager.exitCode(), 1);
      manager.expectStarts(0);
      await manager.log.wait(
        "Cannot send traces: OTEL_EXPORTER_OTLP_ENDPOINT is no http:// or https:// URL",
      );
    },
  ),
);
