/** What `deno task example http-sd` runs. */
import { ROOT } from "../../scripts/denort.ts";
import type { Example, Place } from "../example.ts";

const FOLDER = `${ROOT}examples/http-sd`;

export const HTTP_SD: Example = {
  name: "http-sd",
  servers: ["redis"],
  parts: ["server", "worker"],
  ports: [8080, 8081],
  prepare,
  next: ({ directory, port }) => [
    `curl http://127.0.0.1:${port(8080)}/targets/my-service`,
    `curl http://127.0.0.1:${port(8081)}/metrics`,
    `edit ${directory}/generators/my-service.sh, and ask again`,
    "the guide: examples/http-sd/README.md",
  ],
};

/** What an operator has changed in the run before stays. */
async function prepare({ directory }: Place): Promise<void> {
  const generators = `${directory}/generators`;
  const isThere = await Deno.stat(generators).then(() => true, () => false);
  if (isThere) return;
  await Deno.copyFile(`${FOLDER}/http-sd.env`, `${directory}/http-sd.env`);
  await Deno.mkdir(generators);
  for await (const { name } of Deno.readDir(`${FOLDER}/generators`)) {
    await Deno.copyFile(
      `${FOLDER}/generators/${name}`,
      `${generators}/${name}`,
    );
  }
}
