/**
 * An http:// or https:// URL and what follows it: options as `KEY=VALUE`, each
 * after a blank, which no URL has. Pure.
 */
import { expandVariables } from "../../core/notation/placeholders.ts";
import type { TlsRules } from "../../core/vocabulary/settings.ts";
import { BadValue } from "./basic.ts";
import { shellWords } from "./shell_words.ts";

/** A URL that is requested, and its options by their keys. */
export interface HttpTarget {
  readonly url: string;
  readonly tls: TlsRules | undefined;
  /** Those that have nothing to do with TLS. */
  readonly others: ReadonlyMap<string, string>;
}

/** Keys that every URL takes. */
export const TLS_KEYS: readonly string[] = ["tls", "ca"];

/** Whether the text is an absolute URL that can be requested. */
export function isHttpUrl(value: string): boolean {
  return /^https?:\/\/\S+$/i.test(value) && URL.canParse(value);
}

/** Undefined where the text does not begin with such a URL. Throws a BadValue for an option that is none of `TLS_KEYS` and `keys`. */
export function httpTarget(
  text: string,
  keys: readonly string[] = [],
): HttpTarget | undefined {
  const [, url, rest] = /^(\S*)(.*)$/s.exec(text) ?? [];
  // Whether the values of variables make a URL of it is not known yet.
  const example = expandVariables(url ?? "", () => "1");
  if (url === undefined || !isHttpUrl(example)) return undefined;
  const options = optionsIn(rest, [...TLS_KEYS, ...keys]);
  const others = new Map(
    [...options].filter(([key]) => !TLS_KEYS.includes(key)),
  );
  return { url, tls: tlsRules(url, options), others };
}

function optionsIn(
  text: string,
  keys: readonly string[],
): ReadonlyMap<string, string> {
  const form =
    `an http:// or https:// URL without a blank (%20), and after it, each behind a blank, only ${
      keys.map((key) => `${key}=`).join(", ")
    }`;
  const words = shellWords(text);
  if (typeof words === "string") {
    throw new BadValue(`${form}, in closed quotes`);
  }
  const options = new Map<string, string>();
  for (const word of words) {
    const [, key, value] = /^([a-z-]+)=(.+)$/s.exec(word) ?? [];
    if (key === undefined || !keys.includes(key) || value.includes("\0")) {
      throw new BadValue(form);
    }
    if (options.has(key)) throw new BadValue(`${key}= once`);
    options.set(key, value);
  }
  return options;
}

function tlsRules(
  url: string,
  options: ReadonlyMap<string, string>,
): TlsRules | undefined {
  const tls = options.get("tls");
  const file = options.get("ca");
  if (tls === undefined && file === undefined) return undefined;
  if (!/^https:/i.test(url)) {
    throw new BadValue("tls= and ca= only after an https:// URL");
  }
  if (tls !== undefined && tls !== "insecure") {
    throw new BadValue("tls=insecure, which takes any certificate");
  }
  if (file === undefined) return { kind: "insecure" };
  if (tls !== undefined) {
    throw new BadValue(
      "tls=insecure or ca=FILE, not both: one takes any certificate, the other verifies it",
    );
  }
  return { kind: "ca", file };
}
