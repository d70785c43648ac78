/**
 * Declares tests against a real API server. A file of tests has one server, which
 * each test finds running. Where its programs cannot be had the tests are ignored,
 * and the reason is printed once, unless a skip counts as a failure
 * (REQUIRE_CLUSTER=1). Must not know what is tested.
 */
import { ApiServer } from "./api_server.ts";
import { makePrograms, reasonAgainst } from "./programs.ts";

const missing = await reasonAgainst();
const isRequired = Deno.env.get("REQUIRE_CLUSTER") === "1";
const isIgnored = missing !== undefined && !isRequired;

let server: ApiServer | undefined;

if (isIgnored) console.error(`SKIPPED tests of the cluster: ${missing}`);
else {
  Deno.test.beforeAll(async () => {
    if (missing !== undefined) throw new Error(`Cannot run: ${missing}`);
    server = await ApiServer.start(await makePrograms());
  });
  Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());
}

/** Declares a test. It leaves the API server running, as it has found it. */
export function clusterTest(
  name: string,
  fn: (server: ApiServer) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: isIgnored,
    // What the server writes is read throughout, and a test may start it again.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      if (server === undefined) throw new Error("There is no API server");
      await fn(server);
    },
  });
}
