/** Questions about the system and signs of readiness, as the operator writes them. Pure. */
import { expandVariables } from "../../core/notation/placeholders.ts";
import type { Probe, ReadySign } from "../../core/vocabulary/settings.ts";
import { isHttpUrl } from "./action.ts";
import { argv } from "./argv.ts";
import { BadValue, type ValueParser } from "./basic.ts";

const PROBE_FORMS = "exec:COMMAND, tcp:HOST:PORT, http:URL or file:PATH";
const SIGN_FORMS = `notify, log:REGEX, ${PROBE_FORMS}`;

/** `exec:COMMAND`, `tcp:HOST:PORT`, `http:URL` or `file:PATH`. */
export const probe: ValueParser<Probe> = (value) => {
  const found = parseProbe(value);
  if (found === undefined) throw new BadValue(PROBE_FORMS);
  return found;
};

/** A probe, `log:REGEX` or `notify`. */
export const readySign: ValueParser<ReadySign> = (value) => {
  if (value === "notify") return { kind: "notify" };
  if (value.startsWith("log:")) return logSign(value.slice("log:".length));
  const found = parseProbe(value);
  if (found === undefined) throw new BadValue(SIGN_FORMS);
  return found;
};

/** Undefined where the text does not begin as a probe. */
function parseProbe(value: string): Probe | undefined {
  const [, word, rest] = /^(exec|tcp|http|file):(.*)$/s.exec(value) ?? [];
  switch (word) {
    case "exec":
      return { kind: "exec", argv: argv(rest) };
    case "tcp":
      return templateOf(value, rest, tcpProbe) ?? tcpProbe(rest);
    case "http":
      return templateOf(value, rest, httpProbe) ?? httpProbe(rest);
    case "file":
      return fileProbe(rest);
    default:
      return undefined;
  }
}

/** Where variables are to be put in: refused if it is no probe whatever they are. */
function templateOf(
  text: string,
  rest: string,
  parse: (rest: string) => Probe,
): Probe | undefined {
  const example = expandVariables(rest, () => "1");
  if (example === rest) return undefined;
  parse(example);
  return { kind: "template", text };
}

function tcpProbe(rest: string): Probe {
  const [, bracketed, name, digits] =
    /^(?:\[([^\]]*)\]|([\w.-]+)):(\d{1,5})$/.exec(rest) ?? [];
  const port = Number(digits);
  const isAddress = bracketed !== undefined &&
    URL.canParse(`http://[${bracketed}]/`);
  const host = isAddress ? bracketed : name;
  // The comparison refuses NaN too.
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new BadValue(
      "tcp:HOST:PORT with a port from 1 to 65535 (tcp:localhost:8080, tcp:[::1]:8080)",
    );
  }
  return { kind: "tcp", host, port };
}

function httpProbe(url: string): Probe {
  if (!isHttpUrl(url)) {
    throw new BadValue(
      "http:URL with an http:// or https:// URL (http:http://localhost:8080/healthz)",
    );
  }
  return { kind: "http", url };
}

function fileProbe(path: string): Probe {
  if (path === "" || path.includes("\0")) {
    throw new BadValue("file:PATH with a path (file:/run/ready)");
  }
  return { kind: "file", path };
}

function logSign(source: string): ReadySign {
  try {
    if (source !== "") return { kind: "log", pattern: new RegExp(source) };
  } catch {
    // Said below.
  }
  throw new BadValue(
    "log:REGEX with a regular expression as in JavaScript (log:listening on)",
  );
}
