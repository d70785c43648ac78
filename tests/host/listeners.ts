/** Addresses to listen on, what is refused, and who answers there. */
import assert from "node:assert/strict";
import { describeAddress } from "../../src/core/notation/describe.ts";
import type { ListenAddress } from "../../src/core/vocabulary/settings.ts";
import { openListeners } from "../../src/host/socket/listening_sockets.ts";
import { alone } from "./temp.ts";

export const tcp = (
  host: string,
  port: number,
  backlog = 511,
): ListenAddress => ({
  kind: "tcp",
  host,
  port,
  backlog,
});

export const unix = (
  path: string,
  mode?: number,
  backlog = 511,
): ListenAddress => ({
  kind: "unix",
  path,
  mode,
  backlog,
});

/** Asking for these again and again leaves nothing open. */
export async function assertNothingLeft(
  ...addresses: readonly ListenAddress[]
): Promise<void> {
  const args = [JSON.stringify(addresses)];
  assert.equal(await alone("refused_listeners.ts", { args }), "0\n");
}

/** Refused with these words after the address, and nothing is left open. */
export async function assertRefused(
  address: ListenAddress,
  why: string,
): Promise<void> {
  assert.throws(() => openListeners([address]), {
    message: `Cannot listen on ${describeAddress(address)}: ${why}`,
  });
  await assertNothingLeft(address);
}

/** Whether somebody answers: Deno.connect succeeds as soon as the kernel queues us. */
export async function canConnect(
  options: Deno.ConnectOptions | Deno.UnixConnectOptions,
): Promise<boolean> {
  try {
    const connection = "path" in options
      ? await Deno.connect(options)
      : await Deno.connect(options);
    connection.close();
    return true;
  } catch (error) {
    assert.ok(error instanceof Deno.errors.ConnectionRefused, String(error));
    return false;
  }
}

/** The runtime has no word for accepting on an inherited number: python3 has. */
export const hasPython = await new Deno.Command("python3", {
  args: ["-c", "1"],
})
  .output().then(({ success }) => success, () => false);
