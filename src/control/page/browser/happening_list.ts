/// <reference lib="dom" />
/** The list below the timeline: each reload with its phases on demand, and each crash. */
import { length, relative } from "../../../client/text/moments.ts";
import type { ReloadStatus } from "../../vocabulary/status.ts";
import { byId, element, graphic, say } from "./dom.ts";
import type { Happening } from "./history.ts";
import { sentence } from "./headline.ts";
import { drawn, setShape, shapeOf } from "./shapes.ts";
import { type Piece, pieces } from "./timeline.ts";
import { outcomeWord, triggerText } from "./words.ts";

/** An entry of the list; it stays the same element, so that it stays open and in focus. */
interface Entry {
  readonly item: HTMLLIElement;
  readonly shape: SVGSVGElement;
  readonly word: HTMLElement;
  readonly about: HTMLElement;
  readonly when: HTMLElement;
  readonly more: HTMLElement;
  /** What `more` was made of. */
  made: string;
}

const BAR = { width: 600, height: 10 } as const;

export class HappeningList {
  readonly #list = byId("happenings", HTMLOListElement);
  readonly #none = byId("no-happenings", HTMLElement);
  readonly #entries = new Map<string, Entry>();

  show(happenings: readonly Happening[], now: string): void {
    const keys = new Set(happenings.map(({ key }) => key));
    for (const [key, { item }] of this.#entries) {
      if (keys.has(key)) continue;
      item.remove();
      this.#entries.delete(key);
    }
    happenings.forEach((happening, at) => {
      const entry = this.#entryOf(happening.key);
      fill(entry, happening, now);
      const there = this.#list.children[at];
      if (there !== entry.item) this.#list.insertBefore(entry.item, there);
    });
    this.#none.hidden = happenings.length > 0;
  }

  /** Opens an entry and goes there. */
  open(key: string): void {
    const summary = this.#entries.get(key)?.item.querySelector("summary");
    const details = summary?.parentElement;
    if (details instanceof HTMLDetailsElement) details.open = true;
    summary?.focus();
  }

  #entryOf(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry = emptyEntry();
    this.#entries.set(key, entry);
    return entry;
  }
}

function emptyEntry(): Entry {
  const shape = graphic("svg", {
    class: "icon",
    viewBox: "-1 -1 26 26",
    "aria-hidden": "true",
  });
  const word = element("strong");
  const about = element("span", { class: "about" });
  const when = element("span", { class: "when" });
  const more = element("div", { class: "more" });
  const details = element(
    "details",
    {},
    element("summary", {}, shape, word, " ", about, " ", when),
    more,
  );
  const item = element("li", {}, details);
  return { item, shape, word, about, when, more, made: "" };
}

function fill(entry: Entry, happening: Happening, now: string): void {
  setShape(entry.shape, shapeOf(happening));
  const at = new Date(happening.at);
  const when = relative(at.toISOString(), now);
  if (happening.kind === "crash") {
    say(entry.word, "Crash");
    say(entry.about, happening.detail ?? "");
    say(entry.when, when);
    make(entry, happening.detail ?? "", () => [
      element("p", {}, "The child has ended, and nobody had asked it to."),
      element("p", { class: "dim" }, at.toLocaleString()),
    ]);
    return;
  }
  const { reload } = happening;
  const { duration_seconds: took } = reload;
  say(entry.word, outcomeWord(reload));
  say(entry.about, `#${reload.id} · ${triggerText(reload)}`);
  say(entry.when, took === null ? when : `${when} · took ${length(took)}`);
  make(entry, JSON.stringify(reload), () => about(reload, now));
}

/** Makes the details again, if they have changed. */
function make(entry: Entry, from: string, parts: () => Node[]): void {
  if (entry.made === from) return;
  entry.made = from;
  entry.more.replaceChildren(...parts());
}

function about(reload: ReloadStatus, now: string): Node[] {
  const { detail, paths, downtime_seconds: downtime } = reload;
  const facts = element("dl", { class: "facts" });
  const fact = (name: string, value: string) =>
    facts.append(
      element("div", {}, element("dt", {}, name), element("dd", {}, value)),
    );
  fact("Begun", new Date(reload.started_at).toLocaleString());
  fact("Without a child", downtime === null ? "never" : length(downtime));
  if (paths.length > 0) fact("Changed", paths.join(", "));
  return [
    ...detail === null
      ? []
      : [element("p", { class: "detail" }, sentence(detail))],
    ...reload.phases.length === 0 ? [] : [steps(reload, now)],
    facts,
  ];
}

/** A row for each phase: its name, a bar where it lies in the whole, and how long it took. */
const steps = (reload: ReloadStatus, now: string): HTMLOListElement =>
  element(
    "ol",
    { class: "steps", "aria-label": "Phases" },
    ...pieces(reload, Date.parse(now), BAR.width).map((piece) =>
      element(
        "li",
        {},
        element("span", { class: "phase-name" }, piece.phase),
        " ",
        bar(piece),
        element(
          "span",
          {},
          piece.seconds === null ? "under way" : length(piece.seconds),
        ),
      )
    ),
  );

const bar = ({ x, width }: Piece): SVGSVGElement =>
  graphic(
    "svg",
    {
      class: "bar",
      viewBox: `0 0 ${BAR.width} ${BAR.height}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    graphic("rect", { x, y: 0, width, height: BAR.height }),
  );

/** The shape of a happening in the timeline. */
export const markOf = (happening: Happening): SVGGElement =>
  drawn(shapeOf(happening));
