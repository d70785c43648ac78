/** Where the marks of the timeline and the phases of a reload are drawn. Pure. */
import type { ReloadStatus } from "../../vocabulary/status.ts";

/** A place on the line: `at` is where it happened, `x` where its mark has room. */
export interface Placed<Mark> {
  readonly mark: Mark;
  readonly at: number;
  readonly x: number;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Strip extends Span {
  readonly width: number;
  /** Between the middles of two marks, and twice that from the middle of a mark to the edge. */
  readonly gap: number;
}

const LEAST_SPAN_MS = 60_000;

/** From the oldest mark on; short lines would make seconds look like hours. */
export function spanOf(times: readonly number[], now: number): Span {
  const from = Math.min(now - LEAST_SPAN_MS, ...times);
  return { from, to: Math.max(now, ...times) };
}

/** Marks that would lie upon each other are moved apart; the oldest ones that have no room are left out. */
export function placeMarks<Mark extends { readonly at: number }>(
  marks: readonly Mark[],
  { from, to, width, gap }: Strip,
): readonly Placed<Mark>[] {
  const left = gap / 2;
  const right = width - gap / 2;
  const room = Math.max(1, Math.floor((right - left) / gap) + 1);
  const shown = [...marks].sort((one, other) => one.at - other.at)
    .slice(-room);
  const xs = shown.map(({ at }) => place(at, { from, to }, left, right));
  const places = [...xs];
  for (let index = places.length - 2; index >= 0; index--) {
    places[index] = Math.min(places[index], places[index + 1] - gap);
  }
  for (let index = 0; index < places.length; index++) {
    const least = index === 0 ? left : places[index - 1] + gap;
    places[index] = Math.max(places[index], least);
  }
  return shown.map((mark, index) => ({
    mark,
    at: xs[index],
    x: places[index],
  }));
}

const place = (
  at: number,
  { from, to }: Span,
  left: number,
  right: number,
): number => left + (at - from) / (to - from) * (right - left);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[10 * SECOND, 30 * SECOND],
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR],
  ...[DAY, 2 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY],
] as const;

export interface Tick {
  /** How long before now. */
  readonly agoMs: number;
  readonly x: number;
}

/** Those by which people name how long ago something was. */
const UNITS = [DAY, HOUR, MINUTE] as const;

/** At round distances from now, as many as there is room for, in one unit: no two have the same name. */
export function ticksOf(
  { from, to, width, gap }: Strip,
  most: number,
): readonly Tick[] {
  const span = to - from;
  const unit = UNITS.find((each) => span > each) ?? SECOND;
  const step = STEPS.find((each) => each >= unit && span / each <= most) ??
    STEPS[STEPS.length - 1];
  const ticks: Tick[] = [];
  for (let agoMs = step; agoMs <= span; agoMs += step) {
    ticks.push({
      agoMs,
      x: place(to - agoMs, { from, to }, gap / 2, width - gap / 2),
    });
  }
  return ticks;
}

export interface Piece {
  readonly phase: string;
  readonly seconds: number | null;
  readonly x: number;
  readonly width: number;
}

/** Of the whole width, for a phase that took no time. */
const LEAST_SHARE = 0.02;

/** The phases of a reload one after the other, each as wide as it took; the one under way takes until `now`. */
export function pieces(
  { phases }: Pick<ReloadStatus, "phases">,
  now: number,
  width: number,
): readonly Piece[] {
  const lengths = phases.map(({ duration_seconds, started_at }) =>
    duration_seconds ?? Math.max(0, (now - Date.parse(started_at)) / 1_000)
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const shares = lengths.map((length) =>
    Math.max(LEAST_SHARE, total === 0 ? 0 : length / total)
  );
  const scale = width / shares.reduce((sum, share) => sum + share, 0);
  let x = 0;
  return phases.map(({ phase, duration_seconds }, at) => {
    const piece = {
      phase,
      seconds: duration_seconds,
      x,
      width: shares[at] * scale,
    };
    x += piece.width;
    return piece;
  });
}
