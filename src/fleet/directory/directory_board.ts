/**
 * Each manager's file in the directory of its fleet, for the others to read. The
 * manager keeps an flock(2) on it, so that a file without one is of a manager that
 * has ended; whoever reads it removes it.
 */
import type {
  MemberList,
  MemberReading,
} from "../../control/vocabulary/fleet.ts";
import type { Directory, OpenFile } from "../../host/files/directory.ts";
import { SystemError } from "../../host/files/inode.ts";
import { isLocked } from "../../host/socket/path_lock.ts";
import {
  type MemberBoard,
  MEMBERS_MAX,
  type ShownMember,
} from "../slots/member_board.ts";
import type { SlotStore } from "../slots/slot_store.ts";
import {
  type FleetDirectory,
  isAt,
  rewrite,
  textOf,
} from "./fleet_directory.ts";
import { memberOf, textOfMember } from "./slot_notation.ts";

/** So many files are looked at, of which some are left behind or of somebody else. */
const FILES_MAX = 4_096;

export class DirectoryBoard implements MemberBoard {
  readonly spacingMs = 0;
  readonly #directory: FleetDirectory;
  readonly #identity: SlotStore["identity"];
  /** Ours, locked; undefined before the first time. */
  #file: OpenFile | undefined;

  constructor(directory: FleetDirectory, identity: SlotStore["identity"]) {
    this.#directory = directory;
    this.#identity = identity;
  }

  show(member: ShownMember, signal: AbortSignal): Promise<void> {
    return this.#directory.alone(signal, (directory) => {
      // What others have left behind is removed even if nobody ever looks.
      if (this.#file === undefined) this.#all(directory);
      this.#write(directory, member);
    });
  }

  members(signal: AbortSignal): Promise<MemberList> {
    return this.#directory.alone(signal, (directory) => {
      const { members, isPartial } = this.#all(directory);
      members.sort((a, b) => a.name < b.name ? -1 : 1);
      return { members, isPartial };
    });
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

  #isThere(directory: Directory): boolean {
    const name = this.#directory.memberName(this.#identity.uid);
    return this.#file !== undefined && isAt(directory, name, this.#file);
  }

  #write(directory: Directory, member: ShownMember): void {
    if (!this.#isThere(directory)) this.#drop();
    this.#file ??= this.#locked(directory);
    const { name } = this.#identity;
    rewrite(this.#file, textOfMember({ name, ...member }));
  }

  #all(
    directory: Directory,
  ): { readonly members: MemberReading[]; readonly isPartial: boolean } {
    const members: MemberReading[] = [];
    const names = this.#directory.memberNames(directory);
    for (const name of names.slice(0, FILES_MAX)) {
      const member = this.#memberAt(directory, name);
      if (member === undefined) continue;
      if (members.length === MEMBERS_MAX) return { members, isPartial: true };
      members.push(member);
    }
    return { members, isPartial: names.length > FILES_MAX };
  }

  /** Undefined for what is none, cannot be read, or goes while it is looked at. */
  #memberAt(directory: Directory, name: string): MemberReading | undefined {
    try {
      return this.#read(directory, name);
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }

  #read(directory: Directory, name: string): MemberReading | undefined {
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
