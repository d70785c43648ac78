/** `deno task schema`: writes docs/settings.schema.json, the schema of the settings file. */
import { settingsSchemaText } from "./settings_schema_text.ts";
import { script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

await script("schema", async () => {
  taskOptions(Deno.args, {});
  const file = new URL("../docs/settings.schema.json", import.meta.url);
  await Deno.writeTextFile(file, settingsSchemaText());
});
