/**
 * Slots as files in a directory, for several managers on one host. The manager that
 * has a slot keeps an flock(2) on its file, so the kernel frees the slot when that
 * manager dies; its name is left in the file then, and shows that it has vanished.
 * Every reading and every change is done while no other manager does one.
 */
import type { Directory, OpenFile } from "../../host/files/directory.ts";
import { isLocked } from "../../host/socket/path_lock.ts";
import { DirectoryBoard } from "./directory_board.ts";
import {
  FleetDirectory,
  isAt,
  rewrite,
  textIn,
  textOf,
} from "./fleet_directory.ts";
import {
  holderOf,
  textOfHolder,
  textOfVerdicts,
  verdictsOf,
} from "./slot_notation.ts";
import {
  type FleetView,
  type Holder,
  NO_VERDICTS,
  type Slot,
  type SlotChange,
  type SlotStore,
  type Verdicts,
} from "../slots/slot_store.ts";

/** How often it is looked whether the file of our slot is still there. */
const LOOK_EVERY_MS = 5_000;

/** Somebody has the lock, and nobody knows who: the file was damaged. */
const UNKNOWN: Holder = {
  name: "an unknown manager",
  uid: "",
  content: "",
  isTrial: false,
};

export interface DirectoryStoreOptions {
  readonly directory: string;
  readonly group: string;
  readonly limit: number;
  /** Who we are to operators. */
  readonly name: string;
  /** Called with the path of a file whose text cannot be read, once for each text. */
  readonly onDamaged: (path: string) => void;
}

/** A slot, and the text in its file. */
interface FileSlot extends Slot {
  readonly text: string;
}

interface FileView extends FleetView {
  readonly slots: readonly FileSlot[];
  /** Undefined: there is no file. */
  readonly verdictsText: string | undefined;
}

/** A slot that we have: the open file keeps the lock. */
interface Held {
  readonly file: OpenFile;
  readonly holder: Holder;
  readonly text: string;
}

export class DirectoryStore implements SlotStore {
  readonly identity: SlotStore["identity"];
  readonly holdMs = Infinity;
  readonly renewEveryMs = LOOK_EVERY_MS;
  readonly board: DirectoryBoard;
  readonly #options: DirectoryStoreOptions;
  readonly #directory: FleetDirectory;
  readonly #held = new Map<number, Held>();
  /** The texts that were called damaged, by name. */
  readonly #damaged = new Map<string, string>();

  /** Throws a StoreUnreachable if no slots can be kept there. */
  constructor(options: DirectoryStoreOptions) {
    this.#options = options;
    this.identity = { name: options.name, uid: crypto.randomUUID() };
    this.#directory = new FleetDirectory(options.directory, options.group);
    this.#directory.check(options.limit);
    this.board = new DirectoryBoard(this.#directory, this.identity);
  }

  read(signal: AbortSignal): Promise<FileView> {
    return this.#directory.alone(signal, (directory) => {
      const slots = Array.from(
        { length: this.#options.limit },
        (_, index) => this.#slotAt(directory, index),
      );
      const name = this.#directory.verdictsName;
      const verdictsText = textIn(directory, name);
      const verdicts = verdictsText === undefined
        ? NO_VERDICTS
        : this.#understood(name, verdictsText, verdictsOf(verdictsText));
      return { slots, verdicts: verdicts ?? NO_VERDICTS, verdictsText };
    });
  }

  change(
    view: FleetView,
    { index, holder, verdicts }: SlotChange,
    signal: AbortSignal,
  ): Promise<boolean> {
    // Nobody else makes the views that we are given.
    const { slots, verdictsText } = view as FileView;
    const before = slots[index];
    return this.#directory.alone(signal, (directory) => {
      const isVerdictsChange = verdicts !== undefined;
      if (
        isVerdictsChange &&
        textIn(directory, this.#directory.verdictsName) !== verdictsText
      ) return false;
      const isHolderChange = holder !== before.holder;
      if (isHolderChange && !isSame(this.#slotAt(directory, index), before)) {
        return false;
      }
      if (holder !== undefined && isHolderChange) {
        if (!this.#take(directory, index, holder)) return false;
        if (isVerdictsChange) this.#writeVerdicts(directory, verdicts);
        return true;
      }
      if (isVerdictsChange) this.#writeVerdicts(directory, verdicts);
      if (isHolderChange) this.#giveBack(directory, index);
      return true;
    });
  }

  async renew(index: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return await this.#directory.beside((directory) =>
      this.#heldAt(directory, index) !== undefined
    );
  }

  /** The kernel frees the slots that we have; in their files we are named still. */
  close(): void {
    for (const index of this.#held.keys()) this.#drop(index);
    this.board.close();
  }

  #slotAt(directory: Directory, index: number): FileSlot {
    const held = this.#heldAt(directory, index);
    if (held !== undefined) return { index, isAbandoned: false, ...held };
    const name = this.#directory.slotName(index);
    if (directory.inodeOf(name) === undefined) {
      return { index, holder: undefined, isAbandoned: false, text: "" };
    }
    using file = this.#directory.openSlot(directory, index);
    const text = textOf(file);
    const known = text === ""
      ? undefined
      : this.#understood(name, text, holderOf(text));
    // The lock that this takes ends with the file, before anybody else may try.
    const isAbandoned = isLocked(file);
    const holder = known ?? (isAbandoned ? undefined : UNKNOWN);
    return {
      index,
      holder,
      isAbandoned: isAbandoned && holder !== undefined,
      text,
    };
  }

  /** The slot that we have, if its file is still the one that others find. */
  #heldAt(directory: Directory, index: number): Held | undefined {
    const held = this.#held.get(index);
    if (held === undefined) return undefined;
    if (isAt(directory, this.#directory.slotName(index), held.file)) {
      return held;
    }
    this.#drop(index);
    return undefined;
  }

  #drop(index: number): void {
    this.#held.get(index)?.file[Symbol.dispose]();
    this.#held.delete(index);
  }

  /** False: another manager has it. */
  #take(directory: Directory, index: number, holder: Holder): boolean {
    const held = this.#held.get(index);
    const file = held?.file ?? this.#directory.openSlot(directory, index);
    const text = textOfHolder(holder);
    try {
      if (held === undefined && !isLocked(file)) {
        file[Symbol.dispose]();
        return false;
      }
      rewrite(file, text);
    } catch (error) {
      if (held === undefined) file[Symbol.dispose]();
      throw error;
    }
    this.#held.set(index, { file, holder, text });
    return true;
  }

  /** Also what a manager that has vanished has left behind. */
  #giveBack(directory: Directory, index: number): void {
    using file = this.#directory.openSlot(directory, index);
    file.empty();
    this.#drop(index);
  }

  /** Whoever reads it finds the old verdicts or the new ones. */
  #writeVerdicts(directory: Directory, verdicts: Verdicts): void {
    const name = this.#directory.verdictsName;
    const next = `${name}.new`;
    // Of a manager that has died in the middle of this.
    if (directory.inodeOf(next) !== undefined) directory.remove(next);
    {
      using file = directory.create(next);
      rewrite(file, textOfVerdicts(verdicts));
    }
    directory.rename(next, name);
  }

  /** What a text means; if that is nothing, it is told once, and the next write replaces it. */
  #understood<T>(name: string, text: string, meaning: T | undefined) {
    if (meaning !== undefined) this.#damaged.delete(name);
    else if (this.#damaged.get(name) !== text) {
      this.#damaged.set(name, text);
      this.#options.onDamaged(this.#directory.pathOf(name));
    }
    return meaning;
  }
}

const isSame = (a: FileSlot, b: FileSlot) =>
  a.text === b.text && a.isAbandoned === b.isAbandoned &&
  (a.holder === undefined) === (b.holder === undefined);
