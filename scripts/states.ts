/** `deno task states`: writes docs/states.md, the table of every state and event. */
import { statesPage } from "./states_page.ts";

const page = new URL("../docs/states.md", import.meta.url);
await Deno.writeTextFile(page, statesPage());
