/** What `deno task example prometheus-http-sd` runs. */
import { ROOT } from "../../scripts/denort.ts";
import { must } from "../../scripts/shell.ts";
import type { Example, Place } from "../example.ts";

const FOLDER = `${ROOT}examples/prometheus-http-sd`;

export const PROMETHEUS_HTTP_SD: Example = {
  name: "prometheus-http-sd",
  // prometheus-http-sd skips what is below a directory whose name begins with a dot.
  directory: "dist/examples/prometheus-http-sd",
  servers: ["redis"],
  parts: ["server", "worker"],
  ports: [8080, 8081],
  prepare,
  next: ({ directory, port }) => [
    `curl http://127.0.0.1:${port(8080)}/targets/my-service`,
    `curl http://127.0.0.1:${port(8081)}/metrics`,
    `edit ${directory}/generators/my-service/nodes.py, and ask again`,
    "the guide: examples/prometheus-http-sd/README.md",
  ],
};

/** What an operator has changed in the run before stays. */
async function prepare({ directory }: Place): Promise<void> {
  await must("install prometheus-http-sd", `${FOLDER}/install`, []);
  const generators = `${directory}/generators`;
  await Deno.mkdir(directory, { recursive: true });
  const absolute = await Deno.realPath(directory);
  const skipped = absolute.split("/").find((name) => /^[._]/.test(name));
  if (skipped !== undefined) {
    throw new Error(
      `Cannot use ${absolute}: prometheus-http-sd skips what is below ${skipped}, whose name begins with a dot or an underscore; clone to another directory`,
    );
  }
  if (await Deno.stat(generators).then(() => true, () => false)) return;
  await Deno.copyFile(
    `${FOLDER}/prometheus-http-sd.env`,
    `${directory}/prometheus-http-sd.env`,
  );
  await must("copy the generators", "cp", [
    ...["-R", `${FOLDER}/generators`, generators],
  ]);
}
