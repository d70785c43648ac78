/**
 * `deno task docs`: holds the documentation against the program. Runs its
 * commands, and compares its options, environment variables, log lines, tasks,
 * dependencies, links, YAML and systemd unit with what is really there; it also
 * holds the form of pages. Prints every difference and ends with 1 if there is
 * one. Must not change any file of
 * the repository.
 */
import { compile } from "./compile.ts";
import { checkBlocks } from "./docs_commands.ts";
import { checkDeploy } from "./docs_deploy.ts";
import { checkForm } from "./docs_form.ts";
import { checkPrograms } from "./docs_programs.ts";
import type { Outcome } from "./docs_outcome.ts";
import {
  checkLinks,
  checkLogLines,
  checkMentions,
  checkRefusals,
  type Document,
  read,
} from "./docs_text.ts";
import { checkTables } from "./docs_tables.ts";
import { fromRoot } from "./denort.ts";
import { script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

const PAGES: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "TROUBLESHOOTING.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "examples/README.md",
  "examples/cache/README.md",
  "examples/files/README.md",
  "examples/http-sd/README.md",
  "examples/prometheus-http-sd/README.md",
  "tests/scripts/README.md",
];

async function documents(): Promise<Document[]> {
  const paths = [...PAGES];
  for await (const { name } of Deno.readDir(fromRoot("docs"))) {
    if (name.endsWith(".md")) paths.push(`docs/${name}`);
  }
  return await Promise.all(paths.sort().map(read));
}

async function main(): Promise<void> {
  taskOptions(Deno.args, {});
  console.log(await compile({ ifStale: true }));
  const pages = await documents();
  const checks: [string, () => Outcome | Promise<Outcome>][] = [
    ["form", () => checkForm(pages)],
    ["links", () => checkLinks(pages)],
    ["mentions", () => checkMentions()],
    ["log lines", () => checkLogLines(pages)],
    ["refusals", () => checkRefusals(pages)],
    ["tables", () => checkTables(pages)],
    ["deploy", () => checkDeploy(pages)],
    ["commands", () => checkBlocks(pages)],
    ["programs", () => checkPrograms(pages)],
  ];
  let failed = 0;
  for (const [name, check] of checks) {
    const { checked, faults, skipped = [], unreachable = [] } = await check();
    console.log(
      `${faults.length === 0 ? "ok" : "FAILED"}: ${name}, ${checked} checked`,
    );
    for (const why of [...skipped, ...unreachable]) {
      console.log(`  SKIPPED ${why}`);
    }
    for (const { place, text } of faults) console.log(`  ${place}: ${text}`);
    if (checked === 0) console.log("  nothing was found to check");
    const required = Deno.env.get("CI") === "true" && skipped.length > 0;
    if (faults.length > 0 || checked === 0 || required) failed++;
  }
  if (failed > 0) {
    throw new Error(`${failed} of ${checks.length} checks failed`);
  }
}

await script("docs", main);
