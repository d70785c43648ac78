/** Connects to one address, and says why that was not possible. */
import { lendThread } from "../descriptor/input_wait.ts";
import { oneLine } from "../../core/notation/one_line.ts";

/**
 * Connects once. On abort the runtime gives up the pending connection and
 * closes its socket.
 */
export async function openConnection(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const options: Deno.ConnectOptions = { hostname, port, signal };
  const connecting = lendThread(Deno.connect(options));
  // The runtime reads the signal again when the connection is made. If it was
  // aborted by then, it would drop the connection without closing it.
  delete options.signal;
  return await connecting;
}

/**
 * The error's text in a form for the middle of a sentence: "connection
 * refused".
 */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = oneLine(message.replace(/ \(os error \d+\).*$/s, ""));
  return text.charAt(0).toLowerCase() + text.slice(1);
}
