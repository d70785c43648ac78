/** Who may ask: clients that show one of the API keys. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Refusal } from "./refusal.ts";

/** Compares digests, in a time that tells nothing of the keys. */
export function keysOf(keys: readonly string[]): (key: string) => boolean {
  const digest = (key: string) => createHash("sha256").update(key).digest();
  const known = keys.map(digest);
  return (key) => {
    const asked = digest(key);
    return known.filter((each) => timingSafeEqual(each, asked)).length > 0;
  };
}

export function authenticate(
  header: string | undefined,
  isKnown: (key: string) => boolean,
): void {
  if (header === undefined) {
    throw new Refusal(401, "Missing API key: send Authorization: Bearer KEY");
  }
  const [, key] = /^Bearer (\S+)$/.exec(header) ?? [];
  if (key === undefined) {
    throw new Refusal(
      401,
      "Invalid API key format: send Authorization: Bearer KEY",
    );
  }
  if (!isKnown(key)) throw new Refusal(401, "Invalid API key");
}
