/** What a change asks for, as the operator writes it. Pure. */
import { isGlob } from "../../core/notation/glob.ts";
import { parseSignal } from "../../core/vocabulary/signals.ts";
import type { Action, HttpRules } from "../../core/vocabulary/settings.ts";
import { argv } from "./argv.ts";
import {
  BadValue,
  duration,
  HOUR_MS,
  nonEmpty,
  type ValueParser,
} from "./basic.ts";
import { globFault } from "./glob.ts";
import { httpTarget } from "./http_target.ts";

const FORM =
  "restart, none, signal:NAME, exec:COMMAND or http:METHOD:URL (signal:HUP, http:POST:http://localhost:9090/-/reload)";

const METHODS: readonly string[] = ["GET", "POST", "PUT"];

/** `restart`, `none`, `signal:NAME`, `exec:COMMAND` or `http:METHOD:URL`. */
export const action: ValueParser<Action> = (value) => {
  if (value === "restart" || value === "none") return { kind: value };
  const [, word, rest] = /^(signal|exec|http):(.*)$/s.exec(value) ?? [];
  switch (word) {
    case "signal":
      return signalAction(rest);
    case "exec":
      return { kind: "exec", argv: argv(rest) };
    case "http":
      return httpAction(rest);
    default:
      throw new BadValue(`${FORM}${signalMeant(value)}`);
  }
};

/** What to write for a signal's name alone. */
export function signalMeant(value: string): string {
  const found = /^[a-z]+\d?$/i.test(value) ? parseSignal(value) : undefined;
  return found === undefined
    ? ""
    : `; did you mean signal:${found.slice("SIG".length)}?`;
}

function signalAction(name: string): Action {
  const signal = parseSignal(name);
  if (signal === undefined || signal === "SIGKILL" || signal === "SIGSTOP") {
    throw new BadValue(
      "signal: with a signal by name or number that can be caught (signal:HUP, not KILL or STOP)",
    );
  }
  return { kind: "signal", signal };
}

function httpAction(rest: string): Action {
  const [, method, text] = /^([^:]*):(.*)$/s.exec(rest) ?? [];
  const target = text === undefined ? undefined : httpTarget(text, ACTION_KEYS);
  if (
    method === undefined || !METHODS.includes(method) || target === undefined
  ) {
    throw new BadValue(
      `http:METHOD:URL with ${
        METHODS.join(", ")
      } and an http:// or https:// URL (http:POST:http://localhost:9090/-/reload)`,
    );
  }
  const { url, tls, others } = target;
  const own = ownRules(others);
  return {
    kind: "http",
    method,
    url,
    ...tls === undefined ? {} : { tls },
    ...Object.keys(own).length === 0 ? {} : { own },
  };
}

/** What may follow the URL of an action, besides what follows any URL. */
export const ACTION_KEYS: readonly string[] = [
  "timeout",
  "retries",
  "status",
  "header-file",
];

function ownRules(texts: ReadonlyMap<string, string>): Partial<HttpRules> {
  const read = <T>(key: string, parse: ValueParser<T>): T | undefined => {
    const text = texts.get(key);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof BadValue
        ? new BadValue(`${key}= with ${error.message}`)
        : error;
    }
  };
  const rules: Partial<HttpRules> = {
    timeoutMs: read("timeout", attemptTime),
    retries: read("retries", retries),
    status: read("status", httpStatus),
    headerFile: read("header-file", nonEmpty),
  };
  return Object.fromEntries(
    Object.entries(rules).filter(([, value]) => value !== undefined),
  );
}

/** How long one attempt may take. */
export const attemptTime = duration(1, HOUR_MS);

const RETRIES_MAX = 100;

/** How often a request is made again. */
export const retries: ValueParser<number> = (value) => {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : NaN;
  if (!(count <= RETRIES_MAX)) {
    throw new BadValue(`a number from 0 to ${RETRIES_MAX}`);
  }
  return count;
};

/** `204`, `2xx` or `200-204`: the statuses that are success. */
export const httpStatus: ValueParser<HttpRules["status"]> = (value) => {
  const [, hundred] = /^([2-5])xx$/i.exec(value) ?? [];
  if (hundred !== undefined) {
    return [Number(hundred) * 100, Number(hundred) * 100 + 99];
  }
  const [, first, last = first] =
    /^([2-5]\d\d)(?:-([2-5]\d\d))?$/.exec(value) ??
      [];
  if (first === undefined || Number(first) > Number(last)) {
    throw new BadValue(
      "a status from 200 to 599, a range or a class of them (204, 200-204, 2xx)",
    );
  }
  return [Number(first), Number(last)];
};

/** What `--config` takes: a path, and what its change asks for if that is not left to `--on-change`. */
export interface ConfigPath {
  readonly path: string;
  readonly action: Action | undefined;
}

/** An action's beginning behind a `=`; any other `=` is part of the path. */
const ACTION_FOLLOWS = /=(?=(?:restart|none)$|(?:signal|exec|http):)/;

/** `PATH` or `PATH=ACTION`. */
export const configPath: ValueParser<ConfigPath> = (value) => {
  // Most paths have no `=`: their start does not wait for the expression.
  const at = value.includes("=") ? value.search(ACTION_FOLLOWS) : -1;
  if (at === -1) return { path: pathOrPattern(value), action: undefined };
  if (at === 0) throw new BadValue("a path before =ACTION");
  const path = pathOrPattern(value.slice(0, at));
  return { path, action: action(value.slice(at + 1)) };
};

/** The last part of a path may be a pattern. */
function pathOrPattern(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const why = isGlob(last) ? globFault(last) : undefined;
  if (why === undefined) return path;
  throw new BadValue(
    `a path whose last part may be a pattern ('conf.d/*.yaml'), in which ${why}`,
  );
}
