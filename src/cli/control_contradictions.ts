/** Options of the control endpoint that are right one by one and cannot go together. Pure. */
import { describeAddress } from "../core/notation/describe.ts";
import type { ControlAddress, Settings } from "../core/vocabulary/settings.ts";
import type { Refusal } from "./refusal.ts";
import type { Given } from "./given.ts";
import { isLoopback } from "../core/notation/ip_address.ts";

/** Throws a UsageError for the first contradiction. */
export function refuseControl(
  given: Given,
  { control, listen }: Settings,
  refusal: Refusal,
): void {
  const { addresses, tokenFile, healthChecks } = control;
  const names = addresses.map(nameOf);
  const twice = firstTwice(names);
  if (twice !== undefined) {
    throw refusal("control", `${twice} is given twice; name each address once`);
  }
  const shared = listen.map(describeAddress)
    .find((name) => names.includes(name));
  if (shared !== undefined) {
    throw refusal(
      "control",
      `--listen opens ${shared} for the child; use another address`,
    );
  }
  const exposed = addresses.find((address) =>
    address.kind === "tcp" && !isLoopback(address.host)
  );
  if (exposed !== undefined && tokenFile === undefined) {
    throw refusal(
      "control",
      `everybody on the network could reach ${
        nameOf(exposed)
      }; add --control-token-file, or use a loopback address or unix:PATH`,
    );
  }
  refuseHalfPair(given, refusal);
  const check = firstTwice(healthChecks.map(({ name }) => name));
  if (check !== undefined) {
    throw refusal(
      "health-check",
      `the name ${check} is given twice; name each check differently`,
    );
  }
}

const nameOf = (address: ControlAddress): string =>
  address.kind === "auto" ? "auto" : describeAddress(address);

/** The first text that is the same as an earlier one. */
export function firstTwice(texts: readonly string[]): string | undefined {
  return texts.find((text, index) => texts.indexOf(text) < index);
}

function refuseHalfPair(given: Given, refusal: Refusal): void {
  const cert = given.has("control-tls-cert");
  const key = given.has("control-tls-key");
  if (cert === key) return;
  throw cert
    ? refusal("control-tls-cert", "it needs --control-tls-key, its private key")
    : refusal(
      "control-tls-key",
      "it needs --control-tls-cert, its certificate",
    );
}
