/** The files that docs/fleet.md shows, as the guide has them on a disk. */
import { deepEqual } from "node:assert/strict";
import { read } from "../../scripts/docs_text.ts";
import { tempDirectory } from "../host/temp.ts";
import { copyAll, KUSTOMIZE } from "./workloads.ts";

/** Those that begin with their own name, beside the components; removed at the end of the scope. */
export async function guideFiles() {
  const { blocks } = await read("docs/fleet.md");
  const directory = await tempDirectory();
  const { path } = directory;
  await copyAll(`${KUSTOMIZE}/components`, `${path}/flush-manager`);
  const names: string[] = [];
  for (const { text } of blocks) {
    const name = /^# ~\/shop\/(\S+)\n/.exec(text)?.[1];
    if (name === undefined) continue;
    names.push(name);
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  deepEqual(names, ["deployment.yaml", "kustomization.yaml"]);
  return { ...directory, blocks: blocks.map(({ text }) => text) };
}
