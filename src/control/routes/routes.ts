/**
 * What the control endpoint answers at which path. The paths are fixed and few, so
 * they are the keys of a Map: a path that is not exactly one of them is not there,
 * however it would look after decoding.
 */
import type { Command } from "../vocabulary/command.ts";
import type { ReloadRecord } from "../vocabulary/journal.ts";
import { type AccessOptions, accessRefusal, type Needs } from "./access.ts";
import {
  type Answer,
  crowded,
  json,
  objected,
  refused,
  text,
  type WholeAnswer,
} from "../server/answer.ts";
import {
  holdFrom,
  logLevelFrom,
  nothingFrom,
  switchesFrom,
} from "./command_body.ts";
import { fleetCleared, fleetShown } from "./fleet_routes.ts";
import type { Handler, Request } from "../server/handler.ts";
import type { Control, Probe } from "./control.ts";
import { BadRequest } from "../server/head.ts";

interface Route extends Needs {
  readonly answer: (request: Request, control: Control) => Answer;
}

/** By method. */
type Methods = Readonly<Record<string, Route>>;

const reading = (answer: Route["answer"]): Methods => ({
  GET: { isOpen: false, changes: false, answer },
});

/** Told to everybody who reaches the address. */
const open = (answer: Route["answer"]): Methods => ({
  GET: { isOpen: true, changes: false, answer },
});

const changing = (method: string, answer: Route["answer"]): Methods => ({
  [method]: { isOpen: false, changes: true, answer },
});

/** What else the query says is left to those who probe. */
const isVerbose = ({ head }: Request) => head.query.has("verbose");
const livez = open((request, control) =>
  probed(control.liveness(isVerbose(request)))
);
const readyz = open((request, control) =>
  probed(control.readiness(isVerbose(request)))
);
const reload = changing("POST", reloaded);

const ROUTES: ReadonlyMap<string, Methods> = new Map([
  ["/", open(paged)],
  ["/livez", livez],
  ["/-/healthy", livez],
  ["/readyz", readyz],
  ["/-/ready", readyz],
  ["/metrics", open(scraped)],
  [
    "/health",
    reading((_, control) => {
      const health = control.health();
      return json(health.status === "error" ? 503 : 200, health);
    }),
  ],
  [
    "/status",
    reading(({ head }, control) =>
      json(200, control.status(switchesFrom(head.query, ["debug"]).debug))
    ),
  ],
  ["/events", reading(streamed)],
  ["/logs", reading((_, control) => text(200, control.lines(), LINES))],
  ["/settings", reading((_, control) => json(200, control.settings()))],
  ["/check", reading(checked)],
  ["/fleet", reading(fleetShown)],
  ["/fleet/clear", changing("POST", fleetCleared)],
  ["/reload", reload],
  ["/-/reload", reload],
  [
    "/hold",
    changing(
      "POST",
      (request, control) =>
        commanded(holdFrom(request.body), request, control, "held"),
    ),
  ],
  [
    "/resume",
    changing(
      "POST",
      (request, control) =>
        plainly({ kind: "resume" }, request, control, "resumed"),
    ),
  ],
  [
    "/child/stop",
    changing("POST", stopped),
  ],
  [
    "/child/start",
    changing(
      "POST",
      (request, control) =>
        plainly({ kind: "startChild" }, request, control, "starting"),
    ),
  ],
  [
    "/log-level",
    changing(
      "PUT",
      (request, control) =>
        commanded(logLevelFrom(request.body), request, control, "set"),
    ),
  ],
]);

export interface RouteOptions extends AccessOptions {
  /** A fault of ours: the client is told that there is one, and nothing else. */
  readonly onFault: (error: unknown) => void;
}

/** Answers requests for what this manager tells and does. */
export function routesOf(control: Control, options: RouteOptions): Handler {
  return {
    refusal: (head, via) => {
      const methods = ROUTES.get(head.path);
      const route = routeOf(methods, head.method);
      const needs = route ?? needsOf(methods);
      const refusal = accessRefusal(head, via, needs, options);
      if (refusal !== undefined || route !== undefined) return refusal;
      if (methods === undefined) {
        return refused(404, "There is nothing at this path");
      }
      const headers = { Allow: allowed(methods) };
      return head.method === "OPTIONS"
        ? { kind: "whole", status: 204, headers, body: "" }
        : refused(405, "The method is not one of this path", headers);
    },
    answer: (request) => {
      const { path, method } = request.head;
      const route = routeOf(ROUTES.get(path), method);
      try {
        return route?.answer(request, control) ??
          refused(404, "There is nothing at this path");
      } catch (error) {
        if (error instanceof BadRequest) {
          return refused(error.status, error.message);
        }
        options.onFault(error);
        return refused(500, "The answer could not be made: see the log");
      }
    },
  };
}

/** A method is any word that the client likes, `constructor` too. */
function routeOf(
  methods: Methods | undefined,
  method: string,
): Route | undefined {
  const name = method === "HEAD" ? "GET" : method;
  return methods !== undefined && Object.hasOwn(methods, name)
    ? methods[name]
    : undefined;
}

/** Whoever may not ask for what is there is not told either what there is. */
const needsOf = (methods: Methods | undefined): Needs => ({
  isOpen: Object.values(methods ?? {}).some(({ isOpen }) => isOpen),
  changes: false,
});

function allowed(methods: Methods): string {
  const names = Object.keys(methods);
  return [...names, ...(names.includes("GET") ? ["HEAD"] : []), "OPTIONS"]
    .join(", ");
}

const probed = ({ ok, text: body }: Probe): WholeAnswer =>
  text(ok ? 200 : 503, body);

function scraped({ head }: Request, control: Control): Answer {
  const { contentType, body } = control.metrics(head.headers.get("accept"));
  return text(200, body, { "Content-Type": contentType });
}

/** It holds no data, and asks for them with a token of its own. Loaded only when somebody looks at it. */
function paged(): Answer {
  const answer = import("../page/document.ts").then(({ HTML, POLICY }) =>
    text(200, HTML, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": POLICY,
    })
  );
  return { kind: "later", answer };
}

/** The id of an event; 2^53 has 16 digits. */
const EVENT_ID = /^\d{1,15}$/;

function streamed({ head, reserve }: Request, { events }: Control): Answer {
  const lastId = head.headers.get("last-event-id");
  if (lastId !== undefined && !EVENT_ID.test(lastId)) {
    return refused(400, "Last-Event-ID is none of this endpoint's ids");
  }
  if (!reserve()) return crowded();
  return {
    kind: "stream",
    headers: { "Content-Type": "text/event-stream" },
    run: (sink) =>
      events.send(sink, lastId === undefined ? undefined : Number(lastId)),
  };
}

/** JSON, an object a line. */
const LINES = { "Content-Type": "application/x-ndjson" };

function checked({ reserve }: Request, control: Control): Answer {
  if (!reserve()) return crowded();
  const answer = control.check().then(
    (findings) => json(200, { findings }),
    () => refused(500, "The settings cannot be checked"),
  );
  return { kind: "later", answer };
}

/** A command that has no fields. */
function plainly(
  command: Command,
  request: Request,
  control: Control,
  status: string,
): WholeAnswer {
  nothingFrom(request.body);
  return commanded(command, request, control, status);
}

function commanded(
  command: Command,
  { head }: Request,
  control: Control,
  status: string,
): WholeAnswer {
  switchesFrom(head.query, []);
  const outcome = control.command(command);
  return outcome.kind === "objection"
    ? objected(outcome.code, outcome.why)
    : json(200, { status });
}

function stopped(request: Request, control: Control): Answer {
  nothingFrom(request.body);
  const { wait } = switchesFrom(request.head.query, ["wait"]);
  if (wait && !request.reserve()) return crowded();
  const outcome = control.command({ kind: "stopChild" });
  if (outcome.kind === "objection") return objected(outcome.code, outcome.why);
  if (!wait) return json(200, { status: "stopping" });
  const answer = control.childStopped().then((isStopped) =>
    isStopped
      ? json(200, { status: "stopped" })
      : refused(503, "flush-manager ends before the child has stopped")
  );
  return { kind: "later", answer };
}

function reloaded(request: Request, control: Control): Answer {
  nothingFrom(request.body);
  const { wait, force } = switchesFrom(request.head.query, ["wait", "force"]);
  if (wait && !request.reserve()) return crowded();
  const outcome = control.command({ kind: "reload", force });
  if (outcome.kind === "objection") return objected(outcome.code, outcome.why);
  const { reloadId } = outcome;
  if (!wait || reloadId === undefined) {
    return json(202, {
      status: "reload_initiated",
      message: "The reload has begun: GET /status tells how it ends",
      reload_id: reloadId ?? null,
    });
  }
  const answer = control.reloadEnded(reloadId)
    .then((record) => ended(reloadId, record, control));
  return { kind: "later", answer };
}

function ended(
  id: number,
  record: ReloadRecord | undefined,
  control: Control,
): WholeAnswer {
  if (record === undefined) {
    return refused(503, "flush-manager ends before the reload has ended");
  }
  const { outcome, detail } = record;
  return json(STATUS_OF[outcome ?? "interrupted"], {
    status: outcome,
    message: detail ?? MESSAGE_OF[outcome ?? "interrupted"],
    reload_id: id,
    reload: control.shownReload(record),
  });
}

type Ended = NonNullable<ReloadRecord["outcome"]>;

const STATUS_OF: Readonly<Record<Ended, number>> = {
  applied: 200,
  reverted: 200,
  superseded: 409,
  interrupted: 409,
  rejected: 422,
  rolled_back: 422,
  failed: 422,
};

const MESSAGE_OF: Readonly<Record<Ended, string>> = {
  applied: "The child runs on the content of now",
  reverted: "The child has the content already",
  superseded: "Newer content has taken its place",
  interrupted: "The child was stopped before the reload had ended",
  rejected: "The content was rejected, and the child was not touched",
  rolled_back: "The child failed on it, and runs on the last good content",
  failed: "The reload failed",
};
