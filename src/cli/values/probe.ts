/** Questions about the system and signs of readiness, as the operator writes them. Pure. */
import { expandVariables } from "../../core/notation/placeholders.ts";
import type {
  LiveAction,
  LiveSign,
  Probe,
  ReadySign,
} from "../../core/vocabulary/settings.ts";
import { parseSignal } from "../../core/vocabulary/signals.ts";
import { signalMeant } from "./action.ts";
import { argv } from "./argv.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { httpTarget } from "./http_target.ts";

const PROBE_FORMS =
  "exec:COMMAND, tcp:HOST:PORT, http:URL or file:PATH (a URL and HOST:PORT also alone)";
const SIGN_FORMS = `notify, log:REGEX, ${PROBE_FORMS}`;

/** `exec:COMMAND`, `tcp:HOST:PORT`, `http:URL` or `file:PATH`; an http:// or https:// URL, and HOST:PORT, may stand alone. */
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

/** A probe, or `notify`. */
export const liveSign: ValueParser<LiveSign> = (value) => {
  if (value === "notify") return { kind: "notify" };
  const found = parseProbe(value);
  if (found === undefined) throw new BadValue(`notify, ${PROBE_FORMS}`);
  return found;
};

/** `restart`, `exit` or `signal:NAME`. */
export const liveAction: ValueParser<LiveAction> = (value) => {
  if (value === "restart" || value === "exit") return { kind: value };
  const name = /^signal:(.*)$/s.exec(value)?.[1];
  if (name === undefined) {
    throw new BadValue(
      `restart, exit or signal:NAME (signal:ABRT)${signalMeant(value)}`,
    );
  }
  const signal = parseSignal(name);
  if (signal === undefined || signal === "SIGSTOP" || signal === "SIGCONT") {
    throw new BadValue(
      "signal: with a signal by name or number that can end a program (signal:ABRT, not STOP or CONT)",
    );
  }
  return { kind: "signal", signal };
};

/**
 * Undefined where the text does not begin as a probe. Where variables are to be
 * put in, it is refused if it is no probe whatever they are.
 */
function parseProbe(value: string): Probe | undefined {
  const example = expandVariables(value, () => "1");
  if (example === value) return parseFilled(value);
  const kind = parseFilled(example)?.kind;
  return kind === "tcp" || kind === "http"
    ? { kind: "template", text: value }
    : parseFilled(value);
}

function parseFilled(value: string): Probe | undefined {
  if (/^https?:\/\//i.test(value)) return httpProbe(value);
  // As in a URL: tcp://redis:6379, file:///run/ready.
  const [, scheme, after] = /^(tcp|file):\/\/(?=.)(.*)$/s.exec(value) ?? [];
  if (scheme === "tcp") return tcpProbe(after);
  if (scheme === "file" && after.startsWith("/")) return fileProbe(after);
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
      return PORT_LAST.test(value) ? tcpProbe(value) : undefined;
  }
}

/** `redis:6379`, `[::1]:8080` or `:8080`, which is of this machine. */
const PORT_LAST = /^(?:\[[^\]]*\]|[\w.-]*):\d+$/;

function tcpProbe(rest: string): Probe {
  const [, bracketed, name, digits] = /^(?:\[([^\]]*)\]|([\w.-]+)):(\d{1,5})$/
    .exec(rest.startsWith(":") ? `localhost${rest}` : rest) ?? [];
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
