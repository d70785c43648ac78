/** The status page, in a real browser, of a real manager. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Locator, Page, Route } from "playwright-core";
import type { Manager } from "../e2e/harness.ts";
import { until } from "../e2e/until.ts";
import type { Bench } from "./bench.ts";
import { Tab } from "./browser.ts";
import { realTest } from "./programs.ts";

const PAGE = { needs: ["chromium"] } as const;
const TOKEN = "page.test-token";

/** On "bad" it ends by itself, on "crash" too, but only when it was proven before. */
const PROGRAM = `
content=$(cat "$1")
case $content in bad*) exit 7 ;; esac
touch "$2"
while [ ! -e "$3" ]; do sleep 0.05; done
rm "$3"
exit 3`;

/** Takes until the file is gone. */
const CHECK = `
while [ -e "$2" ]; do sleep 0.05; done
case $(cat "$1") in refused*) echo "no such field: colour" >&2; exit 1 ;; esac`;

interface Shown {
  readonly manager: Manager;
  readonly url: string;
  /** Replaces the configuration. */
  readonly publish: (text: string) => void;
  /** Makes the check wait until it is called with false. */
  readonly slow: (isSlow: boolean) => void;
  readonly crash: () => void;
}

async function shown(
  bench: Bench,
  ...options: readonly string[]
): Promise<Shown> {
  const port = bench.port();
  const slow = bench.path("slow");
  const crash = bench.path("crash");
  const ready = bench.path("ready");
  const token = bench.write("token", `${TOKEN}\n`);
  const config = bench.write("greeter.conf", "first");
  const manager = await bench.start([
    `--config=${config}`,
    `--control=tcp:127.0.0.1:${port}`,
    `--control-token-file=${token}`,
    "--health-check=database=exec:true",
    `--health-check=queue=file:${bench.write("queue", "")}`,
    "--health-interval=1s",
    `--snapshot-dir=${bench.path("copies")}`,
    "--debounce=100ms",
    `--ready=file:${ready}`,
    "--ready-interval=50ms",
    "--restart=always",
    "--backoff=20s..60s",
    `--check-command=sh ${bench.write("check.sh", CHECK)} {config} ${slow}`,
    ...options,
    "--",
    "sh",
    bench.write("greeter.sh", PROGRAM),
    "{config}",
    ready,
    crash,
  ]);
  await manager.log.wait("is ready after");
  return {
    manager,
    url: `http://127.0.0.1:${port}/`,
    publish: (text) => void bench.write("greeter.conf", text),
    slow: (isSlow) =>
      isSlow ? Deno.writeTextFileSync(slow, "") : Deno.removeSync(slow),
    crash: () => Deno.writeTextFileSync(crash, ""),
  };
}

const button = (page: Page, name: string) =>
  page.getByRole("button", { name, exact: true });

async function signIn(page: Page, token = TOKEN): Promise<void> {
  await page.getByRole("textbox", { name: "Token" }).fill(token);
  await page.keyboard.press("Enter");
}

/** Waits until the state is told in that word. */
const says = (page: Page, word: string): Promise<void> =>
  page.getByRole("heading", { level: 1, name: word, exact: true }).waitFor();

const text = async (locator: Locator): Promise<string> =>
  await locator.textContent() ?? "";

/** A part of the page, by the heading that names it. */
const part = (page: Page, name: string) => page.getByRole("region", { name });

/** The newest reload or crash. */
const newest = (page: Page) =>
  part(page, "Reloads and crashes").getByRole("listitem").first();

realTest(
  "page: every state is told by a word, a shape and a sentence",
  PAGE,
  async (bench) => {
    const it = await shown(bench);
    await using tab = await Tab.open(it.url);
    const { page } = tab;
    const looked: string[] = [];
    const look = async (name: string) => looked.push(...await tab.look(name));

    await page.getByRole("textbox", { name: "Token" }).waitFor();
    await look("token");
    await signIn(page);
    await says(page, "Running");
    const configuration = part(page, "Configuration");
    await configuration.getByText("The child has what lies on disk").waitFor();
    await part(page, "Dependencies").getByText("database", { exact: true })
      .waitFor();
    await part(page, "Child").getByText(/^\d.*%$/).first().waitFor();
    await look("running");
    const fleet = configuration.getByText("Fleet", { exact: true });
    equal(await fleet.isVisible(), false, "there is none");

    it.publish("second");
    await newest(page).getByText("Applied").waitFor();
    it.slow(true);
    it.publish("third");
    await says(page, "Reloading");
    await page.getByText("The new content is checked").first().waitFor();
    equal(await button(page, "Reload").getAttribute("aria-disabled"), "true");
    await look("reloading");
    it.slow(false);
    await says(page, "Running");

    it.publish("bad");
    await says(page, "Rolled back");
    await configuration.getByText(
      "Refused: the child keeps what it had before",
    )
      .waitFor();
    await newest(page).waitFor();
    const rolledBack = page.getByRole("listitem")
      .filter({ hasText: "Rolled back" }).first();
    await rolledBack.locator("summary").click();
    await rolledBack.getByRole("list", { name: "Phases" }).waitFor();
    match(await text(rolledBack), /debounce.*check.*stop.*start.*ready/s);
    await look("rolled-back");
    await button(page, "Try refused content").waitFor();

    it.publish("fourth");
    await says(page, "Running");
    await button(page, "Hold…").click();
    await page.getByRole("textbox", { name: "Reason" })
      .fill("<img src=x onerror=alert(1)> incident 4711");
    await look("hold-dialog");
    await page.keyboard.press("Enter");
    await says(page, "Held");
    Deno.removeSync(bench.path("queue"));
    await part(page, "Dependencies").getByText("does not exist").waitFor();
    it.publish("fifth");
    await configuration.getByText("Changed on disk, not in effect yet")
      .waitFor();
    match(await text(configuration), /<img src=x onerror=alert\(1\)> incident/);
    equal(await page.locator("img").count(), 0);
    await look("held");
    await button(page, "Resume").click();
    await says(page, "Running");

    it.crash();
    await says(page, "Crashed");
    match(await text(newest(page)), /Crash.*exit code 3/s);
    await part(page, "Configuration").getByText("Pause after a crash")
      .waitFor();
    await look("crashed");

    await button(page, "Stop child…").click();
    await page.getByRole("dialog").getByRole("button", {
      name: "Stop the child",
    })
      .click();
    await says(page, "Stopped");
    equal(await button(page, "Reload").getAttribute("aria-disabled"), "true");
    await look("halted");
    await page.setViewportSize({ width: 320, height: 640 });
    // WCAG 2.2, 1.4.10: nothing has to be scrolled sideways.
    equal(await page.evaluate("document.documentElement.scrollWidth"), 320);
    await page.setViewportSize({ width: 1280, height: 800 });
    await button(page, "Start child").click();
    await says(page, "Running");

    deepEqual(looked, []);
    const expected = /status of (401|503)/;
    deepEqual(tab.complaints.filter((each) => !expected.test(each)), []);
  },
);

realTest(
  "page: with a fleet it tells this manager's part in it",
  PAGE,
  async (bench) => {
    const directory = bench.path("fleet");
    Deno.mkdirSync(directory, { mode: 0o700 });
    const it = await shown(
      bench,
      "--fleet=web",
      `--fleet-dir=${directory}`,
      "--fleet-soak=1h",
    );
    await using tab = await Tab.open(it.url);
    const { page } = tab;
    await signIn(page);
    await says(page, "Running");
    const configuration = part(page, "Configuration");
    await configuration.getByText(/ of web has no slot$/).waitFor();
    await page.evaluate(WATCH_SHIFTS);
    it.publish("second");
    await configuration.getByText(
      / of web tries new content; the trial ends in 59m$/,
    ).waitFor();
    const shift = Number(await page.evaluate("window.shifted"));
    const moved = await page.evaluate("window.moved.join('\\n')");
    ok(shift < 0.02, `it has moved by ${shift}: ${moved}`);
    await configuration.getByText("Fleet", { exact: true }).waitFor();
    deepEqual(await tab.look("fleet"), []);
  },
);

realTest(
  "page: a wrong token is refused, and a right one is kept nowhere",
  PAGE,
  async (bench) => {
    const it = await shown(bench);
    await using tab = await Tab.open(it.url);
    const { page } = tab;
    const field = page.getByRole("textbox", { name: "Token" });
    await until(
      "the focus",
      () => field.evaluate((at) => at.matches(":focus")),
    );
    await signIn(page, "two words");
    await page.getByRole("alert").getByText("no blank").waitFor();
    await signIn(page, "wrong");
    await page.getByRole("alert").getByText("The token is wrong").waitFor();
    equal(await field.inputValue(), "");
    await signIn(page);
    await says(page, "Running");
    const kept = await page.evaluate(
      "[localStorage.length, sessionStorage.length, document.cookie.length]",
    );
    deepEqual(kept, [0, 0, 0]);
    // Before the page is loaded again: the browser tells of requests that this ends.
    const others = tab.complaints.filter((each) => !/status of 401/.test(each));
    deepEqual(others, []);
    await page.reload();
    await field.waitFor();
  },
);

realTest(
  "page: the keyboard reaches everything, in the order in which it is read",
  PAGE,
  async (bench) => {
    const it = await shown(bench);
    it.publish("second");
    await it.manager.started(2);
    await using tab = await Tab.open(it.url);
    const { page } = tab;
    await signIn(page);
    await newest(page).getByText("Applied").waitFor();
    await page.keyboard.press("Shift+Tab");
    equal(await page.evaluate(FOCUSED), "Skip to the state");
    const reached: string[] = [];
    for (let stop = 0; stop < 4; stop++) {
      await page.keyboard.press("Tab");
      reached.push(String(await page.evaluate(FOCUSED)));
    }
    deepEqual(reached, [
      "Reload",
      "Hold…",
      "Stop child…",
      "Applied",
    ]);
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Phases" }).waitFor();
    // It stays open and in focus while the page goes on.
    it.publish("third");
    await page.getByText("#2").waitFor();
    equal(await page.evaluate(FOCUSED), "Applied");
    await page.getByRole("list", { name: "Phases" }).waitFor();

    await button(page, "Stop child…").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    // What does no harm is chosen first.
    equal(await page.evaluate(FOCUSED), "Cancel");
    await page.keyboard.press("Escape");
    equal(await page.evaluate(FOCUSED), "Stop child…");
    await says(page, "Running");
  },
);

/** The name of what has the focus. */
const FOCUSED =
  "(document.activeElement.querySelector('strong') ?? document.activeElement).textContent";

realTest("page: nothing moves while it lives on", PAGE, async (bench) => {
  const it = await shown(bench);
  await using tab = await Tab.open(it.url);
  const { page } = tab;
  await signIn(page);
  await says(page, "Running");
  await page.evaluate(WATCH_SHIFTS);
  it.publish("second");
  await newest(page).getByText("Applied").waitFor();
  it.publish("bad");
  await says(page, "Rolled back");
  const shift = Number(await page.evaluate("window.shifted"));
  // web.dev calls up to 0.1 good.
  const moved = await page.evaluate("window.moved.join('\\n')");
  ok(shift < 0.02, `it has moved by ${shift}: ${moved}`);
});

const WATCH_SHIFTS = `
window.shifted = 0;
window.moved = [];
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) {
    window.shifted += value;
    for (const { node } of sources) window.moved.push(node?.outerHTML?.slice(0, 80) ?? String(node?.textContent));
  }
}).observe({ type: "layout-shift" });`;

realTest(
  "page: without events it asks, without a manager it says since when",
  PAGE,
  async (bench) => {
    const it = await shown(bench);
    await using tab = await Tab.open(it.url);
    const { page } = tab;
    await page.route("**/events", (route) => route.abort());
    await signIn(page);
    await says(page, "Running");
    const link = page.getByRole("banner").getByRole("status");
    await link.getByText(/^No live updates since \d.*, asks every 2 s$/)
      .waitFor();
    // What a proxy says in its place is not the manager's.
    await page.route("**/*", badGateway);
    await says(page, "Unknown");
    await page.unroute("**/*", badGateway);
    await says(page, "Running");
    it.publish("second");
    await newest(page).getByText("Applied").waitFor();
    await page.unroute("**/events");
    await link.getByText("Live", { exact: true }).waitFor();
    it.manager.signal("SIGKILL");
    await link.getByText(/^Connection lost at \d.*, tries again$/).waitFor();
    await says(page, "Unknown");
    deepEqual(await tab.look("lost"), []);
  },
);

const badGateway = (route: Route): Promise<void> =>
  route.fulfill({ status: 502, body: "<h1>Bad Gateway</h1>" });
