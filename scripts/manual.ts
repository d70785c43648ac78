/** `deno task manual`: writes the tables of docs/reference.md, and the options of the manual page. */
import { logCalls, textSources } from "./log_calls.ts";
import { eventsPage } from "./log_events.ts";
import { manualPage, referencePage } from "./option_pages.ts";
import { script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

await script("manual", async () => {
  taskOptions(Deno.args, {});
  const calls = logCalls(await textSources());
  const docs = new URL("../docs/", import.meta.url);
  for (
    const [name, made] of [
      [
        "reference.md",
        (page: string) => eventsPage(referencePage(page), calls),
      ],
      ["flush-manager.1", manualPage],
    ] as const
  ) {
    const path = new URL(name, docs);
    await Deno.writeTextFile(path, made(await Deno.readTextFile(path)));
  }
});
