/** Probes, signs of readiness and addresses in the operator's own notation, for messages. Pure. */
import { formatDuration } from "./duration.ts";
import { oneLine } from "./one_line.ts";
import type {
  Action,
  Argv,
  HttpRules,
  ReadySign,
  TlsRules,
  WatchedPath,
} from "../vocabulary/settings.ts";

/** The sign as one would write it on the command line, but for a URL's credentials. */
export function describeProbe(probe: ReadySign): string {
  switch (probe.kind) {
    case "exec":
      return `exec:${describeArgv(probe.argv)}`;
    case "tcp":
      return `tcp:${describeHost(probe.host)}:${probe.port}`;
    case "http":
      return `http:${withoutCredentials(probe.url)}${describeTls(probe.tls)}`;
    case "file":
      return `file:${probe.path}`;
    case "template":
      return HTTP.test(probe.text)
        ? `http:${withoutCredentials(probe.text.replace(HTTP, ""))}`
        : probe.text;
    case "log":
      return `log:${sourceOf(probe.pattern)}`;
    case "notify":
      return "notify";
  }
}

/** Before the URL, which may also stand alone. */
const HTTP = /^(?:http:(?!\/\/)|(?=https?:\/\/))/i;
/** The action as one would write it on the command line, but for secrets. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case "signal":
      return `signal:${action.signal.slice("SIG".length)}`;
    case "exec":
      return `exec:${describeArgv(action.argv)}`;
    case "http":
      return `http:${action.method}:${withoutCredentials(action.url)}${
        describeTls(action.tls)
      }${describeOwn(action.own)}`;
    default:
      return action.kind;
  }
}

function describeTls(tls: TlsRules | undefined): string {
  if (tls === undefined) return "";
  return tls.kind === "insecure" ? " tls=insecure" : ` ca=${tls.file}`;
}

/** The rules of a request that are not those of all, as they follow its URL. */
function describeOwn(own: Partial<HttpRules> = {}): string {
  const { timeoutMs, retries, status, headerFile } = own;
  return [
    ...timeoutMs === undefined ? [] : [` timeout=${formatDuration(timeoutMs)}`],
    ...retries === undefined ? [] : [` retries=${retries}`],
    ...status === undefined ? [] : [` status=${describeStatuses(status)}`],
    ...headerFile === undefined ? [] : [` header-file=${headerFile}`],
  ].join("");
}

/** `204`, `2xx` or `200-204`. */
export function describeStatuses([first, last]: HttpRules["status"]): string {
  if (first === last) return String(first);
  const isClass = first % 100 === 0 && last === first + 99;
  return isClass ? `${first / 100}xx` : `${first}-${last}`;
}

/** Where a socket listens. */
export type SocketAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** The address in the form of the command line, without its options. */
export function describeAddress(address: SocketAddress): string {
  if (address.kind === "unix") return `unix:${oneLine(address.path)}`;
  return `tcp:${describeHost(address.host)}:${address.port}`;
}

/** Words that mean the same with and without a shell's quoting. */
const PLAIN_WORD = /^[\w@%+=:,./{}-]+$/;

/** The words with spaces between them, or JSON where that could be misread; no credentials of URLs, no values of headers. */
export function describeArgv(argv: Argv): string {
  const words = withoutSecrets(argv);
  return words.every((word) => PLAIN_WORD.test(word))
    ? words.join(" ")
    : JSON.stringify(words);
}

/** The same for a record: the program, and its arguments as a list. */
export function wordsOf(
  argv: Argv,
): { readonly command: string; readonly args: readonly string[] } {
  const [command, ...args] = withoutSecrets(argv);
  return { command, args };
}

/** The words of a command without credentials of URLs and values of headers. */
export const withoutSecrets = (words: readonly string[]): string[] =>
  words.map((word, index) => {
    const isHeader = HEADER_OPTION.test(words[index - 1] ?? "");
    return maskScript(word.replace(isHeader ? HEADER : HEADER_WORD, "$1 ..."));
  });

/** A whole command in one text, the same way. */
export const maskScript = (text: string): string =>
  maskUrls(text.replace(HEADER_IN_SCRIPT, "$1$2$3 ...$2"));

/** The options of curl and wget that take a header. */
const HEADER_OPTION = /^(?:-H|--header)$/;
const HEADER = /^([^:]*:).+$/s;
/** The option and its value in one word. */
const HEADER_WORD = /^((?:-H|--header=)[\w-]+:).+$/s;
/** In a script for a shell, where the value may be quoted. */
const HEADER_IN_SCRIPT =
  /(\s(?:-H|--header)(?:\s+|=)?)(["']?)([\w-]+:)\s*(?:(?<=["'][\w-]+:\s*)[^"']*|\S+)\2?/g;

/** In a URL, before its host; and its query, which often holds a token. */
const CREDENTIALS = /\/\/[^/\s]*@/g;
const QUERY = /(\/\/[^?\s]*\?)\S+/g;

/** Any text, without the `user:password@` and the queries of the URLs in it. */
export const maskUrls = (text: string): string =>
  text.replace(CREDENTIALS, "//").replace(QUERY, "$1...");

/** The URL without the `user:password@` that it may have, and without its query, which often holds a token. */
export function withoutCredentials(url: string): string {
  const [address, query] = url.split("?", 2);
  return query === undefined
    ? withoutUser(address)
    : `${withoutUser(address)}?...`;
}

function withoutUser(url: string): string {
  if (!url.includes("@")) return url;
  if (!URL.canParse(url)) {
    // One with placeholders, too.
    const [scheme = ""] = /^https?:\/\//i.exec(url) ?? [];
    return scheme + url.slice(url.lastIndexOf("@") + 1);
  }
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return url;
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

const describeHost = (host: string) => host.includes(":") ? `[${host}]` : host;

/** `source` escapes every slash, as a literal would need. */
const sourceOf = (pattern: RegExp) =>
  pattern.source.replace(
    /\\([\s\S])/g,
    (pair, char) => char === "/" ? char : pair,
  );

/** A watched path as the operator has written it. */
export const describeWatched = (
  { path, pattern }: Pick<WatchedPath, "path" | "pattern">,
): string =>
  pattern === undefined ? path : `${path === "/" ? "" : path}/${pattern}`;
