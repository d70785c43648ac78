/** The guide's "2. Authentication Failures". */
import { deepEqual, equal, match } from "node:assert/strict";
import { callfsTest } from "./callfs_bench.ts";

const LISTING = "/api/v1/files/";

callfsTest(
  "who shows no key, or a wrong one, is told what is missing",
  async (bench) => {
    await bench.start();
    const asked = async (...args: readonly string[]) => {
      const { status, body } = await bench.curlWithoutKey(LISTING, ...args);
      return [status, JSON.parse(body).error];
    };
    const use = "send Authorization: Bearer KEY";
    deepEqual(await asked(), [401, `Missing API key: ${use}`]);
    deepEqual(await asked("-H", "Authorization: your-api-key"), [
      401,
      `Invalid API key format: ${use}`,
    ]);
    deepEqual(await asked("-H", "Authorization: Bearer wrong-key"), [
      401,
      "Invalid API key",
    ]);
    const verbose = await bench.curlWithoutKey(LISTING, "-i");
    match(verbose.body, /^www-authenticate: Bearer\r$/m);
    // Nor by another way to write the path; what is no file needs none.
    for (
      const other of ["/api/v1/files", "/api/v1/files//a", "/api/v1/%66iles/"]
    ) {
      const { status } = await bench.curlWithoutKey(other, "--path-as-is");
      equal(status, 401, other);
    }
    equal(
      (await bench.curlWithoutKey("//api/v1/files/", "--path-as-is")).status,
      404,
    );
    // Without a key nothing is changed either.
    equal(
      (await bench.curlWithoutKey(`${LISTING}a.txt`, "-X", "DELETE")).status,
      401,
    );
    equal(
      (await bench.curlWithoutKey(`${LISTING}a.txt`, "-X", "PUT", "-d", "x"))
        .status,
      401,
    );
  },
);

callfsTest(
  "an empty list of keys is refused, and a variable overrides the file",
  async (bench) => {
    const validate = ["config", "validate", "--config", bench.config];
    await bench.configure([/api_keys:\n.*/, "api_keys: []"]);
    const empty = await bench.callfs(validate);
    equal(empty.code, 1);
    match(
      empty.text,
      /config\.yaml: auth\.api_keys: the value \[\] is not allowed; use a list of at least one key, each of 8 to 200/,
    );
    await bench.configure(["api_keys: []", "api_keys: [short]"]);
    const short = await bench.callfs(validate);
    match(short.text, /auth\.api_keys: the value \(not shown\) is not allowed/);
    await bench.configure([
      "api_keys: [short]",
      "api_keys: [your-api-key, another-api-key]",
    ]);
    await bench.start({ CALLFS_AUTH_API_KEYS: "wrong-key" });
    equal((await bench.curl(LISTING)).status, 401);
    equal(
      (await bench.curl(LISTING, "-H", "Authorization: Bearer wrong-key"))
        .status,
      200,
    );
  },
);
