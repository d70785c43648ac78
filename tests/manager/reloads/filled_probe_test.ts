/** Probes and URLs with the variables of a child in them. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { probe } from "../../../src/cli/values/probe.ts";
import { describeProbe } from "../../../src/core/notation/describe.ts";
import { EnvironmentError } from "../../../src/host/environment/env_files.ts";
import {
  filledProbe,
  filledUrl,
} from "../../../src/manager/reloads/filled_probe.ts";

const VARIABLES = {
  HOST: "127.0.0.1",
  PORT: "8080",
  SECRET: "hunter2 hunter2",
};

Deno.test("filled probe: the values of variables make a probe of its text", () => {
  const filled = (text: string) => filledProbe(probe(text), VARIABLES);
  deepEqual(filled("tcp:localhost:{env:PORT}"), {
    kind: "tcp",
    host: "localhost",
    port: 8080,
  });
  deepEqual(filled("http:http://{env:HOST}:{env:PORT}/x").kind, "http");
  for (const text of ["localhost:{env:PORT}", "tcp://localhost:{env:PORT}"]) {
    equal(filled(text).kind, "tcp", text);
  }
  equal(filled("http://{env:HOST}/").kind, "http");
  deepEqual(filled("exec:curl {env:PORT} {config}"), {
    kind: "exec",
    argv: ["curl", "8080", "{config}"],
  });
  deepEqual(filled("file:/run/{env:PORT}"), {
    kind: "file",
    path: "/run/8080",
  });
});

Deno.test("filled probe: what makes no probe is refused without the value", () => {
  for (
    const text of ["tcp:localhost:{env:SECRET}", "http:http://{env:SECRET}/"]
  ) {
    throws(() => filledProbe(probe(text), VARIABLES), (error) => {
      equal(error instanceof EnvironmentError, true);
      equal(String(error).includes(text), true);
      return !String(error).includes("hunter2");
    });
  }
  const unset = probe("tcp:localhost:{env:FLUSH_MANAGER_UNSET}");
  throws(() => filledProbe(unset, VARIABLES), /the variable is not set/);
  throws(() => filledUrl("http://x:{env:SECRET}/", VARIABLES), /no URL/);
});

Deno.test("filled probe: a text that no value makes a probe of is refused at once", () => {
  throws(() => probe("tcp:{env:ADDRESS}"));
  throws(() => probe("http:localhost:{env:PORT}"));
});

Deno.test("filled probe: it is told without its values and without credentials", () => {
  const text =
    "http:http://me:{env:SECRET}@localhost:{env:PORT}/x?t={env:SECRET}";
  for (const one of [text, text.slice("http:".length)]) {
    equal(describeProbe(probe(one)), "http:http://localhost:{env:PORT}/x?...");
  }
});
