/// <reference lib="dom" />
/** What an operator can ask for on the page: the buttons, their questions, and what came of it. */
import type { Status } from "../../vocabulary/status.ts";
import { byId, say } from "./dom.ts";
import { type Connection, messageOf } from "./link.ts";

/** How long the answer to a command is shown. */
const TOLD_MS = 12_000;

/** Tells what to do next after one was asked for. */
type OnDone = () => void;

export class Actions {
  readonly #connection: Connection;
  readonly #onDone: OnDone;
  readonly #reload = byId("reload", HTMLButtonElement);
  readonly #hold = byId("hold", HTMLButtonElement);
  readonly #child = byId("child-switch", HTMLButtonElement);
  readonly #holdDialog = byId("hold-dialog", HTMLDialogElement);
  readonly #stopDialog = byId("stop-dialog", HTMLDialogElement);
  readonly #answer = byId("answer", HTMLElement);
  #status: Status | undefined;
  /** Why nothing may be changed from here. */
  #refusal: string | undefined;
  #isAsking = false;
  #fading: number | undefined;

  constructor(connection: Connection, onDone: OnDone) {
    this.#connection = connection;
    this.#onDone = onDone;
    this.#reload.addEventListener("click", () => this.#onReload());
    this.#hold.addEventListener("click", () => this.#onHold());
    this.#child.addEventListener("click", () => this.#onChild());
    for (const dialog of [this.#holdDialog, this.#stopDialog]) {
      dialog.querySelector("[data-cancel]")
        ?.addEventListener("click", () => dialog.close());
    }
    onSubmit("hold-form", () => {
      this.#holdDialog.close();
      void this.#ask("/hold", "Accepted: hold reloads back", holdBody());
    });
    onSubmit("stop-form", () => {
      this.#stopDialog.close();
      void this.#ask("/child/stop", "Accepted: stop the child");
    });
  }

  /** Asks whether this address takes commands, so that a refusal is shown before a button is pressed. */
  async learn(): Promise<void> {
    const answer = await this.#connection.ask("/hold", { method: "OPTIONS" });
    if (answer === undefined) return;
    this.#refusal = answer.status === 403 ? messageOf(answer.text) : undefined;
    if (this.#refusal !== undefined) say(this.#answer, this.#refusal);
    this.#render();
  }

  show(status: Status): void {
    this.#status = status;
    this.#render();
  }

  #render(): void {
    const status = this.#status;
    if (status === undefined) return;
    say(this.#reload, isRefused(status) ? "Try refused content" : "Reload");
    say(this.#hold, status.hold === null ? "Hold…" : "Resume");
    say(this.#child, isHalted(status) ? "Start child" : "Stop child…");
    this.#child.classList.toggle("danger", !isHalted(status));
    const objection = this.#refusal !== undefined || this.#isAsking;
    allow(this.#reload, !objection && mayReload(status));
    allow(this.#hold, !objection);
    allow(this.#child, !objection);
  }

  #onReload(): void {
    if (!isAllowed(this.#reload) || this.#status === undefined) return;
    const force = isRefused(this.#status) ? "?force=true" : "";
    void this.#ask(`/reload${force}`, "Accepted: reload");
  }

  #onHold(): void {
    if (!isAllowed(this.#hold)) return;
    if (this.#status?.hold === null) this.#holdDialog.showModal();
    else void this.#ask("/resume", "Accepted: resume");
  }

  #onChild(): void {
    if (!isAllowed(this.#child) || this.#status === undefined) return;
    if (isHalted(this.#status)) {
      void this.#ask("/child/start", "Accepted: start the child");
    } else this.#stopDialog.showModal();
  }

  async #ask(path: string, done: string, body?: string): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#render();
    const answer = await this.#connection.ask(path, { method: "POST", body });
    this.#isAsking = false;
    this.#render();
    if (answer !== undefined) {
      this.#tell(answer.status < 300 ? done : messageOf(answer.text));
    } else if (!this.#connection.isDenied) {
      this.#tell("There was no answer: it may or may not have been done");
    }
    this.#onDone();
  }

  /** For as long as it takes to read; it is not true for ever. */
  #tell(text: string): void {
    say(this.#answer, text);
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => say(this.#answer, ""), TOLD_MS);
  }
}

/** A form is never sent by the browser itself; its policy would not let it be. */
export function onSubmit(id: string, then: () => void): void {
  byId(id, HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    then();
  });
}

function holdBody(): string {
  const reason = byId("hold-reason", HTMLInputElement).value.trim();
  const time = byId("hold-for", HTMLSelectElement).value;
  return JSON.stringify({
    ...reason === "" ? {} : { reason },
    ...time === "" ? {} : { for: time },
  });
}

const isHalted = ({ state }: Status) => state === "halted";

const isRefused = ({ paths }: Status) =>
  paths.some(({ status }) => status === "rejected");

/** The manager decides; this only keeps from asking what it would surely refuse. */
const mayReload = ({ state, hold, reload }: Status) =>
  hold === null && reload === null && state !== "halted";

/** It can still be reached by the keyboard, so that nobody loses their place. */
const allow = (button: HTMLButtonElement, isAllowed: boolean): void =>
  button.setAttribute("aria-disabled", String(!isAllowed));

const isAllowed = (button: HTMLButtonElement): boolean =>
  button.getAttribute("aria-disabled") !== "true";
