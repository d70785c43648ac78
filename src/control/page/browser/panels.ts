/// <reference lib="dom" />
/** The parts of the page that a status fills at once. */
import { coarse, relative, since } from "../../../client/text/moments.ts";
import { exitText, startsText } from "../../../client/text/words.ts";
import type { Health, PathStatus, Status } from "../../vocabulary/status.ts";
import { byId, element, say, sayAt, setAttributes } from "./dom.ts";
import type { Headline, Tone } from "./headline.ts";
import { icon, setShape, shapeOfTone } from "./shapes.ts";
import {
  driftOf,
  fleetText,
  holdText,
  pendingText,
  shortDigest,
} from "./words.ts";

/** `now` is the time of the manager, as far as the page knows it. */
export function showStatus(
  status: Status,
  headline: Headline,
  now: string,
): void {
  showState(status, headline);
  showChild(status, now);
  sayAt("hold-text", holdText(status.hold, now));
  sayAt("pending-text", pendingText(status.pending, now));
  showFleet(status, now);
  showError(status, now);
  sayAt("version", status.version);
  sayAt("command", status.command.join(" "));
}

function showState(
  { command }: Status,
  { tone, word, sentence }: Headline,
): void {
  setAttributes(byId("state", HTMLElement), { "data-tone": tone });
  setShape(byId("state-shape", SVGSVGElement), shapeOfTone(tone));
  sayAt("headline", word);
  sayAt("sentence", sentence);
  const [program] = command;
  const name = program?.replace(/^.*\//, "") ?? "";
  const title = `${word} · ${name} · flush-manager`;
  if (document.title !== title) document.title = title;
}

function showChild({ child, state_since, state }: Status, now: string): void {
  const { last_exit: exit, started_at: started } = child;
  sayAt("child-pid", child.pid === null ? "none" : String(child.pid));
  sayAt("child-uptime", started === null ? "–" : since(started, now));
  sayAt("child-starts", startsText(child.starts));
  sayAt(
    "child-exit",
    exit === null
      ? "none"
      : `${exitText(exit)}, ${relative(exit.at, now)}${
        exit.asked ? ", asked for" : ""
      }`,
  );
  sayAt("state-name", `${state}, for ${since(state_since, now)}`);
}

function showFleet({ fleet }: Status, now: string): void {
  byId("fleet", HTMLElement).hidden = fleet === null;
  if (fleet !== null) sayAt("fleet-text", fleetText(fleet, now));
}

function showError({ last_error: error, degraded }: Status, now: string): void {
  sayAt("error-text", error === null ? "None" : error.message);
  sayAt(
    "error-when",
    error === null ? "" : `${error.type}, ${relative(error.timestamp, now)}`,
  );
  const list = byId("degraded", HTMLUListElement);
  const lines = degraded.map(({ facility, detail }) => ({
    tone: "warning" as const,
    name: facility,
    text: detail,
  }));
  fillList(list, lines);
}

interface Line {
  readonly tone: Tone;
  readonly name: string;
  readonly text: string;
}

const HEALTH_TONES: Readonly<Record<string, Tone>> = {
  ok: "good",
  degraded: "warning",
  error: "bad",
};

/** Checks of flush-manager itself. */
const OWN_CHECKS: readonly string[] = [
  "child",
  "config",
  "watcher",
  "control",
  "reaper",
];

/** Tells of all dependencies together, so it is shown where none has a name. */
const ALL = "dependencies";

export function showHealth({ checks }: Health): void {
  const others = Object.entries(checks)
    .filter(([name]) => !OWN_CHECKS.includes(name));
  const named = others.filter(([name]) => name !== ALL);
  const lines = (named.length > 0 ? named : others).map((
    [name, { status, detail }],
  ) => ({
    tone: HEALTH_TONES[status] ?? "off",
    name: name === ALL ? "" : name,
    text: detail === "" ? status : detail,
  }));
  fillList(byId("dependencies", HTMLUListElement), lines);
}

/** Anew only if something is other than before. */
function fillList(list: HTMLUListElement, lines: readonly Line[]): void {
  const made = JSON.stringify(lines);
  if (list.dataset.made === made) return;
  list.dataset.made = made;
  list.replaceChildren(...lines.map(({ tone, name, text }) =>
    element(
      "li",
      {},
      icon(shapeOfTone(tone)),
      element("span", {}, element("strong", {}, name), " ", text),
    )
  ));
}

/** An entry for each watched path. */
interface Row {
  readonly item: HTMLLIElement;
  readonly shape: SVGSVGElement;
  readonly words: HTMLElement;
  readonly running: HTMLElement;
  readonly disk: HTMLElement;
  readonly detail: HTMLElement;
}

export class PathList {
  readonly #list = byId("paths", HTMLUListElement);
  readonly #rows = new Map<string, Row>();

  show(paths: readonly PathStatus[], now: string): void {
    for (const path of paths) fillRow(this.#rowOf(path.path), path, now);
    byId("no-paths", HTMLElement).hidden = paths.length > 0;
  }

  #rowOf(path: string): Row {
    const known = this.#rows.get(path);
    if (known !== undefined) return known;
    const row = emptyRow(path);
    this.#rows.set(path, row);
    this.#list.append(row.item);
    return row;
  }
}

function emptyRow(path: string): Row {
  const shape = icon(shapeOfTone("off"));
  const words = element("strong");
  const running = element("code");
  const disk = element("code");
  const detail = element("p", { class: "dim" });
  const digests = element(
    "dl",
    { class: "digests" },
    pair("Running", running),
    pair("On disk", disk),
  );
  const head = element("p", { class: "drift" }, shape, words);
  const name = element("p", { class: "path" }, element("code", {}, path));
  const item = element("li", {}, head, name, digests, detail);
  return { item, shape, words, running, disk, detail };
}

const pair = (name: string, value: HTMLElement): HTMLElement =>
  element("div", {}, element("dt", {}, name), element("dd", {}, value));

function fillRow(row: Row, path: PathStatus, now: string): void {
  const { tone, words } = driftOf(path);
  setShape(row.shape, shapeOfTone(tone));
  say(row.words, words);
  digest(row.running, path.running_sha256);
  digest(row.disk, path.disk_sha256);
  const isOther = path.running_sha256 !== null &&
    path.running_sha256 !== path.disk_sha256;
  row.disk.classList.toggle("other", isOther);
  const modified = path.modified_at === null
    ? []
    : [`Modified ${relative(path.modified_at, now)}`];
  const detail = path.detail === null ? [] : [path.detail];
  say(row.detail, [...modified, ...detail].join("; "));
}

function digest(to: HTMLElement, sha256: string | null): void {
  say(to, shortDigest(sha256));
  to.title = sha256 === null ? "" : `SHA-256 ${sha256}`;
}

/** For how long the manager has run. */
export const uptimeText = ({ started_at }: Status, now: string): string =>
  coarse((Date.parse(now) - Date.parse(started_at)) / 1_000);
