/** `deno task states`: writes docs/states.md, the table of every state and event. */
import { script } from "./shell.ts";
import { statesPage } from "./states_page.ts";
import { taskOptions } from "./task_options.ts";

await script("states", async () => {
  taskOptions(Deno.args, {});
  const page = new URL("../docs/states.md", import.meta.url);
  await Deno.writeTextFile(page, statesPage());
});
