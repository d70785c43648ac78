/** The address of the API server from the variables of a container. */
import assert from "node:assert/strict";
import {
  addressText,
  apiAddress,
} from "../../../src/kubernetes/api/api_address.ts";

const from = (host?: string, port?: string) =>
  apiAddress((name) =>
    ({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port })[name]
  );

Deno.test("API address: names and addresses, with brackets around IPv6 where a URL has them", () => {
  const table = [
    ["10.96.0.1", "443", "10.96.0.1:443"],
    ["fd00::1", "6443", "[fd00::1]:6443"],
    ["[fd00::1]", "6443", "[fd00::1]:6443"],
    ["kubernetes.default.svc", "443", "kubernetes.default.svc:443"],
  ];
  for (const [host, port, text] of table) {
    assert.equal(addressText(from(host, port)), text);
  }
  assert.equal(from("[fd00::1]", "1").host, "fd00::1");
});

Deno.test("API address: what is no pod, and what would change a request", () => {
  for (const host of [undefined, ""]) {
    assert.throws(
      () => from(host, "443"),
      /HOST is not set, so this is no pod/,
    );
  }
  for (const host of ["a\\r\\nX: y", "a/b", "a@b", "a b"]) {
    assert.throws(() => from(host, "443"), /HOST is neither a name nor an/);
  }
  for (const port of [undefined, "", "0", "65536", "1e3", "443/"]) {
    assert.throws(() => from("a", port), /PORT is no port$/);
  }
});
