/**
 * Gives an executable an ELF entry point that blocks TERM, INT, HUP, QUIT, USR1
 * and USR2 before it goes on at the old one. The runtime needs tens of
 * milliseconds until it can listen, and a signal that arrives earlier is lost;
 * a blocked one waits in the kernel.
 *
 * The program unblocks them by sending SIGURG to itself as soon as its listeners
 * exist (src/host/signal/listeners.ts): the entry point has installed a handler
 * for it that unblocks the six in the thread that it interrupts, the main one,
 * and is removed by that. So it works where no C library can be loaded, too, and
 * costs 10 us. SIGURG, because it is ignored by default: in an executable
 * without this entry point it has no effect.
 *
 * The code is put into the zero padding of the file before the executable
 * segment, and the segment begins that much earlier. No other byte moves, so it
 * makes no difference what was appended to the ELF file. Must not change a
 * layout that it does not know.
 */

/** What is done for one machine. */
interface Machine {
  /** The granularity of its segments (p_align). */
  page: number;
  /** Machine code of the handler of SIGURG. */
  handler: Uint8Array;
  /** Machine code from the new entry point to its jump to the old one. */
  entry: Uint8Array;
  /** The jump to so many bytes beyond its own end. */
  jump(distance: number): Uint8Array;
}

/** Machine code in hexadecimal; a line ends with `;` and its meaning. */
function assemble(lines: string): Uint8Array {
  return Uint8Array.fromHex(lines.replaceAll(/;.*|\s/g, ""));
}

/** Four bytes, the lowest first. */
function little(word: number): number[] {
  return [0, 8, 16, 24].map((shift) => (word >> shift) & 0xff);
}

/**
 * At the entry of a program rdx holds a function for atexit(3), rsp points to
 * the arguments, and no other register has a meaning (System V ABI, AMD64
 * supplement, 3.4.1). A system call takes rax, rdi, rsi, rdx and r10, and
 * overwrites rax, rcx and r11. What is pushed is the kernel's `struct
 * sigaction`: handler, flags, restorer, mask.
 */
const X64: Machine = {
  page: 0x1000,
  handler: assemble(`
    81 a2 28 01 00 00 f8 b5 ff ff ; and dword [rdx+296], ~0x4a07  uc_sigmask of ucontext_t, its third argument
    c3                            ; ret                           to the restorer
    b8 0f 00 00 00                ; mov eax, 15                   the restorer: rt_sigreturn
    0f 05                         ; syscall
  `),
  entry: assemble(`
    52                            ; push rdx                      kept for the old entry point
    68 07 4a 00 00                ; push 0x4a07                   HUP, INT, QUIT, USR1, USR2, TERM
    31 ff                         ; xor edi, edi                  SIG_BLOCK
    48 89 e6                      ; mov rsi, rsp                  the set
    31 d2                         ; xor edx, edx                  no old set
    41 ba 08 00 00 00             ; mov r10d, 8                   the set's size
    b8 0e 00 00 00                ; mov eax, 14                   rt_sigprocmask
    0f 05                         ; syscall
    48 8d 05 d8 ff ff ff          ; lea rax, [rip-40]             the restorer; the set is the mask
    50                            ; push rax
    b8 04 00 00 84                ; mov eax, 0x84000004           SA_RESETHAND, SA_RESTORER, SA_SIGINFO
    50                            ; push rax
    48 8d 05 bf ff ff ff          ; lea rax, [rip-65]             the handler
    50                            ; push rax
    bf 17 00 00 00                ; mov edi, 23                   SIGURG
    48 89 e6                      ; mov rsi, rsp                  the struct; rdx and r10 are the same
    b8 0d 00 00 00                ; mov eax, 13                   rt_sigaction
    0f 05                         ; syscall
    48 83 c4 20                   ; add rsp, 32                   without the struct
    5a                            ; pop rdx
  `),
  // jmp with a distance of 32 bits.
  jump: (distance) => Uint8Array.of(0xe9, ...little(distance)),
};

/**
 * At the entry of a program x0 holds a function for atexit(3) and sp points to
 * the arguments. A system call takes x8 and x0 to x3, and overwrites x0. The
 * kernel has a restorer of its own.
 */
const ARM64: Machine = {
  page: 0x10000,
  handler: assemble(`
    49 28 40 b9 ; ldr w9, [x2, #40]         uc_sigmask of ucontext_t, its third argument
    ea 40 89 52 ; mov w10, #0x4a07          HUP, INT, QUIT, USR1, USR2, TERM
    29 01 2a 0a ; bic w9, w9, w10
    49 28 00 b9 ; str w9, [x2, #40]
    c0 03 5f d6 ; ret
  `),
  entry: assemble(`
    e9 03 00 aa ; mov x9, x0                kept for the old entry point
    ea 40 89 52 ; mov w10, #0x4a07          HUP, INT, QUIT, USR1, USR2, TERM
    ff 2b bf a9 ; stp xzr, x10, [sp, #-16]! no restorer, the mask
    00 00 80 52 ; mov w0, #0                SIG_BLOCK
    e1 23 00 91 ; add x1, sp, #8            the set: the same as the mask
    02 00 80 d2 ; mov x2, #0                no old set
    03 01 80 52 ; mov w3, #8                the set's size
    e8 10 80 52 ; mov w8, #135              rt_sigprocmask
    01 00 00 d4 ; svc #0
    4a fe ff 10 ; adr x10, .-56             the handler
    8b 00 80 52 ; mov w11, #4               SA_SIGINFO
    0b 00 b0 72 ; movk w11, #0x8000, lsl 16 and SA_RESETHAND
    ea 2f bf a9 ; stp x10, x11, [sp, #-16]! handler, flags
    e0 02 80 52 ; mov w0, #23               SIGURG
    e1 03 00 91 ; mov x1, sp                the struct; x2 and x3 are the same
    c8 10 80 52 ; mov w8, #134              rt_sigaction
    01 00 00 d4 ; svc #0
    ff 83 00 91 ; add sp, sp, #32           without the struct
    e0 03 09 aa ; mov x0, x9
  `),
  // b: the distance from its beginning, in instructions.
  jump: (distance) => Uint8Array.from(little(0x14000000 + (distance + 4) / 4)),
};

/** By e_machine. */
const MACHINES: Readonly<Record<number, Machine>> = { 62: X64, 183: ARM64 };

const ET_DYN = 3;
const PT_LOAD = 1;
/** May ask for landing pads at jump targets, which the code has not. */
const PT_GNU_PROPERTY = 0x6474e553;
const PF_X = 1;
/** What arm64's jump reaches. */
const JUMP_MAX = 2 ** 27 - 8;
/** Where e_entry is, and where the fields of a program header are (elf(5)). */
const ENTRY_AT = 0x18;
const OFFSET = 8;
const ADDRESS = 16;
const PHYSICAL_ADDRESS = 24;
const FILE_SIZE = 32;
const MEMORY_SIZE = 40;
const ALIGN = 48;

/** A program header, and where it is in the file. */
interface Segment {
  at: number;
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/**
 * Makes the executable begin with the signals blocked, by changing its bytes in
 * place.
 *
 * @returns whether it changed anything: not an executable that begins so already
 * @throws {Error} "Cannot block signals at the entry point: <why>" where the
 * layout is not the one of denort; nothing was changed then
 */
export function blockSignalsAtEntry(file: Uint8Array<ArrayBuffer>): boolean {
  try {
    return patch(file);
  } catch (cause) {
    const why = cause instanceof RangeError
      ? "the file is cut short"
      : (cause as Error).message;
    throw new Error(`Cannot block signals at the entry point: ${why}`, {
      cause,
    });
  }
}

function patch(file: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { page, handler, entry, jump } = machineOf(view);
  const oldEntry = read64(view, ENTRY_AT);
  const { before, text } = segmentsAround(view, oldEntry);
  const distance = oldEntry - text.address;
  const oldEntryAt = text.offset + distance;
  if (
    holds(file, oldEntryAt, entry) &&
    holds(file, oldEntryAt - handler.length, handler)
  ) return false;

  if (text.align !== page) throw new Error(`its p_align is ${text.align}`);
  if (distance > JUMP_MAX) throw new Error("its entry point is too far away");
  const code = [...handler, ...entry, ...jump(distance)];
  const startAt = text.offset - code.length;
  const start = text.address - code.length;
  const usedInFile = before.offset + before.fileSize;
  if (startAt < usedInFile) throw new Error("there is no padding for the code");
  if (file.subarray(usedInFile, text.offset).some((byte) => byte !== 0)) {
    throw new Error("the padding before the code is not zero");
  }
  if (start - (start % page) < before.address + before.memorySize) {
    throw new Error("the page before the code is in use");
  }

  file.set(code, startAt);
  write64(view, ENTRY_AT, start + handler.length);
  write64(view, text.at + OFFSET, startAt);
  write64(view, text.at + ADDRESS, start);
  write64(view, text.at + PHYSICAL_ADDRESS, start);
  write64(view, text.at + FILE_SIZE, text.fileSize + code.length);
  write64(view, text.at + MEMORY_SIZE, text.memorySize + code.length);
  return true;
}

/** The machine that a position-independent 64-bit executable is for. */
function machineOf(view: DataView): Machine {
  if (view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201) {
    throw new Error("it is no 64-bit little-endian ELF file");
  }
  const type = view.getUint16(0x10, true);
  if (type !== ET_DYN) throw new Error(`its e_type is ${type}`);
  const number = view.getUint16(0x12, true);
  const machine = MACHINES[number];
  if (machine === undefined) throw new Error(`its e_machine is ${number}`);
  return machine;
}

/** The segment that holds the entry point, and the one before it. */
function segmentsAround(view: DataView, entry: number) {
  const segments = segmentsOf(view);
  if (segments.some(({ type }) => type === PT_GNU_PROPERTY)) {
    throw new Error("it has a segment of type PT_GNU_PROPERTY");
  }
  const loads = segments.filter(({ type }) => type === PT_LOAD);
  const index = loads.findIndex(({ flags, address, fileSize }) =>
    (flags & PF_X) !== 0 && address <= entry && entry < address + fileSize
  );
  if (index === -1) throw new Error("its entry point is in no code");
  if (index === 0) throw new Error("it has no segment before the code");
  return { before: loads[index - 1], text: loads[index] };
}

function segmentsOf(view: DataView): Segment[] {
  const first = read64(view, 0x20);
  const size = view.getUint16(0x36, true);
  return Array.from({ length: view.getUint16(0x38, true) }, (_, index) => {
    const at = first + size * index;
    return {
      at,
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: read64(view, at + OFFSET),
      address: read64(view, at + ADDRESS),
      fileSize: read64(view, at + FILE_SIZE),
      memorySize: read64(view, at + MEMORY_SIZE),
      align: read64(view, at + ALIGN),
    };
  });
}

function holds(file: Uint8Array, at: number, bytes: Uint8Array): boolean {
  return bytes.every((byte, index) => file[at + index] === byte);
}

function read64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function write64(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}
