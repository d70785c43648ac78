/// <reference lib="dom" />
/** The timeline as a picture. The list below it says the same in words. */
import { coarse } from "../../../client/text/moments.ts";
import { byId, graphic, setAttributes } from "./dom.ts";
import { markOf } from "./happening_list.ts";
import type { Happening } from "./history.ts";
import { placeMarks, spanOf, type Strip, ticksOf } from "./timeline.ts";

const HEIGHT = 84;
const AXIS_Y = 56;
const MARK_Y = 10;
const MARK_SIZE = 22;
const GAP = 28;
/** A label of the axis with the room around it. */
const LABEL_WIDTH = 72;

export class TimelineView {
  readonly #picture = byId("timeline", SVGSVGElement);
  readonly #onPick: (key: string) => void;
  #drawn = "";

  constructor(onPick: (key: string) => void) {
    this.#onPick = onPick;
  }

  show(happenings: readonly Happening[], now: number): void {
    const width = Math.max(240, this.#picture.clientWidth);
    const span = spanOf(happenings.map(({ at }) => at), now);
    const strip: Strip = { ...span, width, gap: GAP };
    // What would look the same is not drawn again.
    const step = (span.to - span.from) / width;
    const key = JSON.stringify([width, Math.floor(now / step), happenings]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    setAttributes(this.#picture, {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      "aria-label": description(happenings, span.to - span.from),
    });
    this.#picture.replaceChildren(
      graphic("path", { class: "axis", d: `M0 ${AXIS_Y}H${width}` }),
      ...this.#ticks(strip),
      ...placeMarks(happenings, strip).map(({ mark, at, x }) =>
        this.#mark(mark, at, x)
      ),
    );
  }

  #ticks(strip: Strip): SVGElement[] {
    const most = Math.floor(strip.width / LABEL_WIDTH) - 1;
    const label = (x: number, text: string, anchor: string) =>
      graphic("text", { x, y: AXIS_Y + 20, "text-anchor": anchor }, text);
    const ticks = ticksOf(strip, Math.max(1, most))
      .filter(({ x }) => x > LABEL_WIDTH / 4);
    return [
      ...ticks.flatMap(({ agoMs, x }) => [
        graphic("path", { class: "tick", d: `M${x} ${AXIS_Y}v5` }),
        label(x, `${coarse(agoMs / 1_000)} ago`, "middle"),
      ]),
      label(strip.width, "now", "end"),
    ];
  }

  /** With a line from where it happened to where there is room for it. */
  #mark(happening: Happening, at: number, x: number): SVGElement {
    const bottom = MARK_Y + MARK_SIZE;
    const mark = graphic(
      "g",
      { class: "mark" },
      graphic("path", {
        class: "stem",
        d: `M${x} ${bottom + 2}V${bottom + 8}L${at} ${AXIS_Y}`,
      }),
      graphic(
        "g",
        {
          transform: `translate(${x - MARK_SIZE / 2} ${MARK_Y}) scale(${
            MARK_SIZE / 24
          })`,
        },
        markOf(happening),
      ),
    );
    mark.addEventListener("click", () => this.#onPick(happening.key));
    return mark;
  }
}

function description(happenings: readonly Happening[], ms: number): string {
  const crashes = happenings.filter(({ kind }) => kind === "crash").length;
  const reloads = happenings.length - crashes;
  return `Timeline of the last ${coarse(ms / 1_000)}: ${
    counted(reloads, "reload")
  } and ${counted(crashes, "crash", "crashes")}, listed below`;
}

const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
