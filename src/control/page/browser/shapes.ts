/// <reference lib="dom" />
/** Shapes that tell by their outline what their colour tells too. */
import { graphic, setAttributes } from "./dom.ts";
import type { Happening } from "./history.ts";
import type { Tone } from "./headline.ts";

/** A drawing in a box of 24 by 24: a filled outline, and lines upon it. */
interface Shape {
  readonly tone: Tone;
  readonly outline: string;
  readonly lines: string;
  /** Only the edge of the outline is drawn. */
  readonly isHollow?: boolean;
}

const CIRCLE = "M12 2a10 10 0 1 1 0 20a10 10 0 1 1 0-20z";
const OCTAGON = "M8 2h8l6 6v8l-6 6H8l-6-6V8z";
const CROSS = "M8.5 8.5l7 7M15.5 8.5l-7 7";

const TONE_SHAPES: Readonly<Record<Tone, Shape>> = {
  good: { tone: "good", outline: CIRCLE, lines: "M7 12.5l3.5 3.5L17 8.5" },
  busy: {
    tone: "busy",
    outline: CIRCLE,
    lines: "M12 6.5V12l4 2.5",
    isHollow: true,
  },
  warning: {
    tone: "warning",
    outline: "M12 2.5L23 21.5H1z",
    lines: "M12 9v6M12 18v.5",
  },
  bad: { tone: "bad", outline: OCTAGON, lines: CROSS },
  off: { tone: "off", outline: "M3 3h18v18H3z", lines: "M8 12h8" },
};

const UNDECIDED: Shape = {
  tone: "off",
  outline: "M12 6a6 6 0 1 1 0 12a6 6 0 1 1 0-12z",
  lines: "",
  isHollow: true,
};

const CRASH: Shape = {
  tone: "bad",
  outline: "M1 3h22L12 22z",
  lines: "M12 7v5M12 15v.5",
};

const OUTCOME_SHAPES: Readonly<Record<string, Shape>> = {
  applied: TONE_SHAPES.good,
  rolled_back: {
    tone: "warning",
    outline: "M2 12L21 1.5v21z",
    lines: "M11 12h6",
  },
  rejected: { ...TONE_SHAPES.bad, tone: "warning" },
  failed: { tone: "bad", outline: "M12 1l11 11-11 11L1 12z", lines: CROSS },
};

export const shapeOfTone = (tone: Tone): Shape => TONE_SHAPES[tone];

export function shapeOf(happening: Happening): Shape {
  if (happening.kind === "crash") return CRASH;
  const { outcome } = happening.reload;
  return outcome === null
    ? TONE_SHAPES.busy
    : OUTCOME_SHAPES[outcome] ?? UNDECIDED;
}

/** The shape as a group of SVG. */
export function drawn({ tone, outline, lines, isHollow }: Shape): SVGGElement {
  const kind = isHollow === true ? "hollow" : "full";
  return graphic(
    "g",
    { class: `shape ${kind} tone-${tone}` },
    graphic("path", { class: "outline", d: outline }),
    graphic("path", { class: "lines", d: lines }),
  );
}

/** A picture beside words that say the same, so nobody is told of it. */
export const icon = (shape: Shape): SVGSVGElement =>
  graphic(
    "svg",
    { class: "icon", viewBox: "-1 -1 26 26", "aria-hidden": "true" },
    drawn(shape),
  );

/** Puts another shape into a picture, and leaves it alone if it is there. */
export function setShape(to: Element, shape: Shape): void {
  const name = `${shape.tone} ${shape.outline}`;
  if (to.getAttribute("data-shape") === name) return;
  setAttributes(to, { "data-shape": name });
  to.replaceChildren(drawn(shape));
}
