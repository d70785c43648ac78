/** What is logged of the control endpoint. Pure. No token and no header ever appears in a message. */
import { oneLine } from "../notation/one_line.ts";
import { info, warn } from "../vocabulary/message.ts";

export const controlListening = (address: string) =>
  info("control_listening", `Control endpoint listens on ${address}`, {
    address,
  });
export const controlDegraded = (detail: string) =>
  warn("control_degraded", `Control endpoint degraded: ${detail}`, { detail });
export const tokenUnusable = (path: string) =>
  warn(
    "token_unusable",
    `Cannot use the token in ${
      oneLine(path)
    }: the file cannot be read, or does not hold one line of printable characters without spaces; requests that need it are refused until it does`,
    { path },
  );
export const tokenUsable = (path: string) =>
  info("token_usable", `The token in ${oneLine(path)} can be used again`, {
    path,
  });
export const certificateRenewed = () =>
  info("certificate_renewed", "Control endpoint uses a new certificate");
