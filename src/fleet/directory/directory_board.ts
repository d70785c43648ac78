/**
 * Each manager's file in the directory of its fleet, for the others to read. The
 * manager keeps an flock(2) on it, so that a file without one is of a manager that
 * has ended; whoever reads it removes it.
 */
import type { MemberReading } from "../../control/vocabulary/fleet.ts";
import type { Directory, OpenFile } from "../../host/files/directory.ts";
import { isLocked } from "../../host/socket/path_lock.ts";
import {
  type MemberBoard,
  MEMBERS_MAX,
  type ShownMember,
} from "../slots/member_board.ts";
import {
  type FleetDirectory,
  isAt,
  rewrite,
  textOf,
} from "./fleet_directory.ts";
import { memberOf, textOfMember } from "./slot_notation.ts";

export interface BoardIdentity {
  readonly name: string;
  readonly uid: string;
}

export class DirectoryBoard implements MemberBoard {
  readonly #directory: FleetDirectory;
  readonly #identity: BoardIdentity;
  /** Ours, locked; undefined before the first time. */
  #file: OpenFile | undefined;

  constructor(directory: FleetDirectory, identity: BoardIdentity) {
    this.#directory = directory;
    this.#identity = identity;
  }

  show(member: ShownMember, signal: AbortSignal): Promise<void> {
    const { name, uid } = this.#identity;
    return this.#directory.alone(signal, (directory) => {
      const at = this.#directory.memberName(uid);
      if (this.#file !== undefined && !isAt(directory, at, this.#file)) {
        this.#drop();
      }
      this.#file ??= this.#locked(directory);
      rewrite(this.#file, textOfMember({ name, ...member }));
    });
  }

  members(signal: AbortSignal): Promise<readonly MemberReading[]> {
    return this.#directory.alone(
      signal,
      (directory) =>
        this.#directory.memberNames(directory)
          .slice(0, MEMBERS_MAX)
          .flatMap((name) => this.#memberAt(directory, name) ?? [])
          .sort((a, b) => a.name < b.name ? -1 : 1),
    );
  }

  /** Takes our file away. Never throws: whoever reads it next would do it too. */
  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      const name = this.#directory.memberName(this.#identity.uid);
      this.#directory.beside((directory) => {
        if (isAt(directory, name, file)) directory.remove(name);
      });
    } catch {
      // The directory cannot be used any more.
    } finally {
      this.#drop();
    }
  }

  /** Nobody else has a file of this name. */
  #locked(directory: Directory): OpenFile {
    const file = this.#directory.openMember(directory, this.#identity.uid);
    if (!isLocked(file)) {
      file[Symbol.dispose]();
      throw new Error("somebody else has locked our own file");
    }
    return file;
  }

  #memberAt(directory: Directory, name: string): MemberReading | undefined {
    using file = this.#directory.openFound(directory, name);
    if (file === undefined) return undefined;
    // The lock that this takes ends with the file.
    if (isLocked(file)) {
      directory.remove(name);
      return undefined;
    }
    return memberOf(textOf(file));
  }

  #drop(): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
  }
}
