/** What the OTEL_* variables mean. */
import assert from "node:assert/strict";
import { exporterSettings } from "../../../src/control/traces/exporter_settings.ts";

const of = (variables: Record<string, string>) =>
  exporterSettings((name) => variables[name]);

Deno.test("without variables, the collector of this host gets them", () => {
  assert.deepEqual(of({}), {
    url: "http://localhost:4318/v1/traces",
    headers: {},
    timeoutMs: 10_000,
    certificateFile: undefined,
    resource: { "service.name": "flush-manager" },
  });
});

Deno.test("the endpoint of all signals gets a path, and that of traces none", () => {
  const url = (variables: Record<string, string>) => of(variables)?.url;
  const OTEL_EXPORTER_OTLP_ENDPOINT = "https://collector:4318/base/";
  assert.equal(
    url({ OTEL_EXPORTER_OTLP_ENDPOINT }),
    "https://collector:4318/base/v1/traces",
  );
  assert.equal(
    url({
      OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://other:1/spans",
    }),
    "http://other:1/spans",
  );
});

Deno.test("headers, time limit, certificate and resource are read; those of traces come first", () => {
  const settings = of({
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b, x = 1,broken",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x=2",
    OTEL_EXPORTER_OTLP_TIMEOUT: "3000",
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "500",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=old,k8s.pod.name=p%2C1,bad=%zz",
    OTEL_SERVICE_NAME: "exporter",
  });
  assert.deepEqual(settings?.headers, { "api-key": "a b", x: "2" });
  assert.equal(settings?.timeoutMs, 500);
  assert.equal(settings?.certificateFile, "/ca.pem");
  assert.deepEqual(settings?.resource, {
    "service.name": "exporter",
    "k8s.pod.name": "p,1",
    "bad": "%zz",
  });
});

Deno.test("a variable that is set to nothing is not set, and a time limit that is none is the default", () => {
  const settings = of({
    OTEL_EXPORTER_OTLP_ENDPOINT: " ",
    OTEL_SERVICE_NAME: "",
    OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
  });
  assert.deepEqual(settings, of({}));
});

Deno.test("OTEL_SDK_DISABLED switches traces off", () => {
  assert.equal(of({ OTEL_SDK_DISABLED: "TRUE" }), undefined);
  assert.notEqual(of({ OTEL_SDK_DISABLED: "false" }), undefined);
});

Deno.test("what cannot be used is refused without its value, which may hold a password", () => {
  const refused = (name: string, value: string) => {
    assert.throws(
      () => of({ [name]: value }),
      ({ message }: Error) =>
        message.startsWith("Cannot send traces") && message.includes(name) &&
        !message.includes("secret"),
    );
  };
  refused("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318?secret");
  refused("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://secret@host/");
  refused("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
});

Deno.test("a header that HTTP cannot carry is refused, without its value", () => {
  const refused = (pairs: string) => {
    for (
      const name of [
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
      ]
    ) {
      assert.throws(() => of({ [name]: pairs }), {
        message:
          `Cannot send traces: ${name} has a header that HTTP cannot carry; a name may have letters, digits and !#$%&'*+-.^_\`|~, and a value no control characters but tabs, and no characters beyond U+00FF`,
      });
    }
  };
  refused("x=secret%0d%0aInj: y");
  refused("ok=1,x=secret%00");
  refused("x=secret%7f");
  refused("x=secret%c4%80");
  refused("x=Basic secret\nsecret");
  refused("a:b=secret");
  refused("schü=secret");
});

Deno.test("a header that HTTP can carry is taken, also one that ends with a line break", () => {
  const headers = (OTEL_EXPORTER_OTLP_HEADERS: string) =>
    of({ OTEL_EXPORTER_OTLP_HEADERS })?.headers;
  assert.deepEqual(headers("x=a%09b,y=%C3%A9,empty="), {
    x: "a\tb",
    y: "é",
    empty: "",
  });
  assert.deepEqual(headers("x=token%0A,y=1\n"), { x: "token", y: "1" });
});
