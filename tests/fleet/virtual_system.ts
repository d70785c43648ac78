/** Time and chance of one manager on the agenda of a simulation, which can freeze it. */
import type { SeekerSystem } from "../../src/fleet/seeker/seeker_system.ts";
import type { Agenda } from "../simulation/agenda.ts";

export class VirtualSystem implements SeekerSystem {
  readonly chance: () => number;
  readonly #agenda: Agenda;
  /** Since when it is frozen. */
  #frozenAt: number | undefined;
  #frozenMs = 0;
  #hasEnded = false;
  /** What came due meanwhile: it happens when the manager runs again, as late timers and answers do. */
  #putOff: (() => void)[] = [];

  constructor(agenda: Agenda, chance: () => number = () => 0.5) {
    this.#agenda = agenda;
    this.chance = chance;
  }

  /** How many timers and limits are set. */
  timers = 0;

  get isFrozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  readonly now = (): number => this.#agenda.now;
  readonly wallNow = (): number => Date.UTC(2026, 10, 29) + this.#agenda.now;

  readonly after = (ms: number, act: () => void): () => void => {
    let isSet = true;
    this.timers++;
    const clear = () => {
      if (isSet) this.timers--;
      isSet = false;
    };
    this.#agenda.after(Math.max(0, ms), () => {
      this.whenAwake(() => {
        if (!isSet) return;
        clear();
        act();
      });
    });
    return clear;
  };

  readonly limit = this.after;

  /** Does `act` now, or when the manager runs again. */
  whenAwake(act: () => void): void {
    if (this.#hasEnded) return;
    if (this.isFrozen) this.#putOff.push(act);
    else act();
  }

  /** A clock that stands still while the manager is frozen. */
  readonly awakeNow = (): number =>
    (this.#frozenAt ?? this.#agenda.now) - this.#frozenMs;

  freeze(): void {
    this.#frozenAt ??= this.#agenda.now;
  }

  thaw(): void {
    this.#frozenMs += this.#agenda.now - (this.#frozenAt ?? this.#agenda.now);
    this.#frozenAt = undefined;
    for (const act of this.#putOff.splice(0)) this.whenAwake(act);
  }

  /** Nothing happens any more. */
  end(): void {
    this.#hasEnded = true;
  }
}
