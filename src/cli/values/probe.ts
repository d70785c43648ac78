/** Questions about the system and signs of readiness, as the operator writes them. Pure. */
import type { Probe, ReadySign } from "../../core/vocabulary/settings.ts";
import { argv } from "./argv.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { httpTarget } from "./http_target.ts";

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
      return tcpProbe(rest);
    case "http":
      return httpProbe(rest);
    case "file":
      return fileProbe(rest);
    default:
      return undefined;
  }
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

function httpProbe(text: string): Probe {
  const target = httpTarget(text);
  if (target === undefined) {
    throw new BadValue(
      "http:URL with an http:// or https:// URL (http:http://localhost:8080/healthz)",
    );
  }
  const { url, tls } = target;
  return { kind: "http", url, ...tls === undefined ? {} : { tls } };
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
