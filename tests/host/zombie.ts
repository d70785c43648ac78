/** A process that ends when it is told to, and that nobody waits for. */
import { tempDirectory, until } from "./temp.ts";

export interface Unreaped extends AsyncDisposable {
  /** It leads a group of its own, runs `sleep 600`, and is the parent. */
  readonly parent: number;
  readonly pid: number;
  /** The words that it runs `sh` with. */
  readonly args: readonly string[];
  /** Lets it end. It is a zombie soon after. */
  readonly end: () => void;
}

export async function unreaped(): Promise<Unreaped> {
  const directory = await tempDirectory();
  const gate = `${directory.path}/gate`;
  Deno.writeTextFileSync(gate, "");
  const waits = `while [ -e ${gate} ]; do sleep 0.02; done`;
  const child = new Deno.Command("sh", {
    // `exec` keeps the parent from waiting for what it has started.
    args: ["-c", `sh -c '${waits}' & echo $!; exec sleep 600`],
    detached: true,
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const name = () => Deno.readTextFileSync(`/proc/${child.pid}/comm`);
  await until("the parent is another program", () => name() === "sleep\n");
  return {
    parent: child.pid,
    pid: Number(new TextDecoder().decode(value)),
    args: ["-c", waits],
    end: () => Deno.removeSync(gate),
    [Symbol.asyncDispose]: async () => {
      await reader.cancel();
      child.kill("SIGKILL");
      await child.status;
      await directory[Symbol.asyncDispose]();
    },
  };
}
