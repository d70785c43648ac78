/// <reference lib="dom" />
/** The program of the status page: what is asked for when, and who shows the answer. */
import type { ServerEvent } from "../../../client/answer/event_parser.ts";
import type { Health, Status } from "../../vocabulary/status.ts";
import { Actions, onSubmit } from "./actions.ts";
import { byId, say, sayAt } from "./dom.ts";
import { HappeningList } from "./happening_list.ts";
import { type Headline, headlineOf, unknownSince } from "./headline.ts";
import {
  type Crash,
  crashFromEvent,
  crashFromExit,
  happenings,
  withCrash,
} from "./history.ts";
import { Connection, messageOf, pause } from "./link.ts";
import { PathList, showHealth, showStatus, uptimeText } from "./panels.ts";
import { setShape, shapeOfTone } from "./shapes.ts";
import { TimelineView } from "./timeline_view.ts";
import { UsageView } from "./usage_view.ts";
import { type Link, linkText, linkTone } from "./words.ts";

const SAMPLE_MS = 2_000;
/** A status is asked for after each event, and this often beside them. */
const STATUS_MS = 6_000;
/** Events come in flocks: a reload is a dozen of them. */
const FLOCK_MS = 100;
const TICK_MS = 1_000;

/** A status, and when the page has got it, on a clock that never goes back. */
interface Known {
  readonly status: Status;
  readonly at: number;
}

class Page {
  readonly #connection = new Connection({
    onChange: () => this.#ask(),
    onEvent: (event) => this.#hear(event),
    onLink: (link) => this.#onLink(link),
    onDenied: (message) => askForToken(message),
  });
  readonly #actions = new Actions(this.#connection, () => this.#ask());
  readonly #paths = new PathList();
  readonly #list = new HappeningList();
  readonly #timeline = new TimelineView((key) => this.#list.open(key));
  readonly #usage = new UsageView();
  #known: Known | undefined;
  #link: Link = { kind: "connecting" };
  #crashes: readonly Crash[] = [];
  #isAsking = false;
  #isWanted = false;

  run(): void {
    onSubmit("token-form", () => this.#signIn());
    addEventListener("resize", () => this.#show());
    setInterval(() => this.#show(), TICK_MS);
    void this.#begin().then(() => {
      void this.#connection.listen();
      void this.#sample();
    });
  }

  async #begin(): Promise<void> {
    await this.#ask();
    if (!this.#connection.isDenied) await this.#actions.learn();
  }

  #signIn(): void {
    const field = byId("token", HTMLInputElement);
    const token = field.value.trim();
    field.value = "";
    // No header can hold any other.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return askForToken("A token has no such character, and no blank");
    }
    this.#connection.token = token;
    void this.#begin();
  }

  /** One question at a time, and one more for all that were asked meanwhile. */
  async #ask(): Promise<void> {
    this.#isWanted = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#isWanted && !this.#connection.isDenied) {
        this.#isWanted = false;
        await this.#askOnce();
        await pause(FLOCK_MS);
      }
    } finally {
      this.#isAsking = false;
    }
  }

  async #askOnce(): Promise<void> {
    const status = await this.#connection.ask("/status");
    if (status === undefined) return;
    if (status.status !== 200) {
      if (this.#known === undefined) showRefusal(messageOf(status.text));
      return;
    }
    showMain();
    this.#take(JSON.parse(status.text));
    const health = await this.#connection.ask("/health");
    if (health !== undefined && [200, 503].includes(health.status)) {
      const told: Health = JSON.parse(health.text);
      if ("checks" in told) showHealth(told);
    }
  }

  #take(status: Status): void {
    const before = this.#known?.status;
    if (before !== undefined && before.started_at !== status.started_at) {
      this.#crashes = [];
    }
    const crash = crashFromExit(status.child.last_exit);
    if (crash !== undefined) this.#crashes = withCrash(this.#crashes, crash);
    this.#known = { status, at: performance.now() };
    this.#actions.show(status);
    this.#show();
  }

  #onLink(link: Link): void {
    this.#link = link;
    showLink(link);
    this.#show();
  }

  #headline(status: Status): Headline {
    const headline = headlineOf(status);
    return this.#link.kind === "lost"
      ? unknownSince(timeOfDay(this.#link.since), headline)
      : headline;
  }

  #hear({ event, data }: ServerEvent): void {
    if (event === "state") {
      const crash = crashFromEvent(JSON.parse(data));
      if (crash !== undefined) this.#crashes = withCrash(this.#crashes, crash);
    }
    if (event !== "log") void this.#ask();
  }

  /** Shows what is known, with the times of now; they stand still without a manager. */
  #show(): void {
    if (this.#known === undefined) return;
    const { status, at } = this.#known;
    const since = this.#link.kind === "lost" ? 0 : performance.now() - at;
    const now = Date.parse(status.timestamp) + since;
    const moment = new Date(now).toISOString();
    const all = happenings(status, this.#crashes);
    const headline = this.#headline(status);
    sayAt("said", `${headline.word}. ${headline.sentence}`);
    showStatus(status, headline, moment);
    sayAt("manager-uptime", uptimeText(status, moment));
    this.#paths.show(status.paths, moment);
    this.#timeline.show(all, now);
    this.#list.show(all, moment);
  }

  /** While the page is looked at. */
  async #sample(): Promise<never> {
    for (let round = 0;; round++) {
      if (!document.hidden && !this.#connection.isDenied) {
        const { isStreaming } = this.#connection;
        const isTurn = round % (STATUS_MS / SAMPLE_MS) === 0;
        if (isTurn || !isStreaming) void this.#ask();
        const answer = await this.#connection.ask("/metrics");
        if (answer?.status === 200) this.#usage.take(answer.text);
      }
      await pause(SAMPLE_MS);
    }
  }
}

const timeOfDay = (at: number): string => new Date(at).toLocaleTimeString();

function showLink(link: Link): void {
  sayAt("link-text", linkText(link, timeOfDay));
  const tone = linkTone(link);
  setShape(byId("link-shape", SVGSVGElement), shapeOfTone(tone));
  document.body.dataset.link = link.kind;
}

function showMain(): void {
  const form = byId("sign-in", HTMLElement);
  const content = byId("content", HTMLElement);
  const isIn = form.contains(document.activeElement);
  form.hidden = true;
  byId("refusal", HTMLElement).hidden = true;
  content.hidden = false;
  // What had the focus is gone.
  if (isIn) content.focus({ preventScroll: true });
}

function askForToken(message: string): void {
  const form = byId("sign-in", HTMLElement);
  say(byId("token-fault", HTMLElement), message);
  const isNew = form.hidden;
  form.hidden = false;
  byId("content", HTMLElement).hidden = true;
  for (const open of document.querySelectorAll("dialog")) open.close();
  if (isNew || message !== "") byId("token", HTMLInputElement).focus();
}

/** Neither a status nor a question for a token: there is nothing to show. */
function showRefusal(text: string): void {
  say(byId("refusal", HTMLElement), text);
  byId("refusal", HTMLElement).hidden = false;
  byId("content", HTMLElement).hidden = true;
}

new Page().run();
