/** The picture of the benchmark: where its dots and ticks are, and what reloads lose. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { lossesOf } from "../../bench/losses.ts";
import { plot } from "../../bench/plot.ts";
import { ROOT } from "../../scripts/denort.ts";

const EVIDENCE = `
reloads of nginx      client        reloads  per s  requests  failed  retried
handed over           wrk               100   18.4     78671       0        0
overlap               wrk               100     16     68637       0        0
overlap, handed over  wrk               100   15.3     97342       5        0
plain                 client, kept       30     18     71449    1294      480
plain                 wrk               100   17.3     76544    3822        0
`;

Deno.test("lossesOf() gives the requests that each way loses with a reload", () => {
  deepEqual(
    lossesOf(EVIDENCE).map(({ way, lostPerReload }) => [way, lostPerReload]),
    [
      ["plain restart", 38.22],
      ["--listen, socket handed over", 0],
      ["--strategy overlap", 0],
      ["--listen and --strategy overlap", 0.05],
    ],
  );
});

Deno.test("lossesOf() refuses a page without one of the rows", () => {
  throws(
    () => lossesOf(EVIDENCE.replace(/^overlap {2}.*$/m, "")),
    /^Error: Cannot tell what reloads lose: .*"overlap" of wrk$/,
  );
});

Deno.test("lossesOf() reads the page as it is", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/evidence.md`);
  equal(lossesOf(page).length, 4);
});

Deno.test("plot() puts equal ratios at equal distances, and a tick at each power of ten", () => {
  const series = [1, 10, 100].map((value, at) => ({
    measure: "signal",
    tool: `tool ${at}`,
    unit: "ms" as const,
    samples: [value],
  }));
  const svg = plot(series, lossesOf(EVIDENCE));
  const panel = svg.slice(svg.indexOf("signal passed on, ms"));
  const dots = [...panel.matchAll(/<circle class="dot" cx="([\d.]+)"/g)]
    .map(([, x]) => Number(x));
  equal(dots.length, 3);
  equal(dots[1] - dots[0], dots[2] - dots[1]);
  const ticks = [...panel.matchAll(/class="tick"[^>]*>([^<]+)</g)]
    .map(([, label]) => label);
  deepEqual(ticks, ["1", "10", "100"]);
  match(svg, />38\.2</);
});

Deno.test("plot() draws what is not above zero at the edge", () => {
  const svg = plot([
    { measure: "signal", tool: "a", unit: "ms", samples: [-1, 2, 20] },
    { measure: "signal", tool: "b", unit: "ms", samples: [0] },
  ], lossesOf(EVIDENCE));
  equal(svg.includes("NaN"), false);
  equal(svg.includes("Infinity"), false);
});
