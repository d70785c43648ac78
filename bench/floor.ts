/**
 * The floor of the benchmark: the least that a supervisor compiled the same way
 * does. It hears SIGTERM, starts its arguments as a program and waits for it.
 */
const [command, ...args] = Deno.args;
Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
const child = new Deno.Command(command, { args }).spawn();
Deno.exit((await child.status).code);
