/**
 * What is changed of an executable so that it begins with blocked signals, and
 * which executables are left alone. That the machine code does its work is
 * shown on the compiled executable (tests/e2e/first_moments_test.ts).
 */
import { deepEqual, equal, throws } from "node:assert/strict";
import { closeSignalWindow } from "../../scripts/compile.ts";
import { blockSignalsAtEntry } from "../../scripts/elf_entry.ts";

const X64 = { machine: 62, page: 0x1000 };
const ARM64 = { machine: 183, page: 0x10000 };

/** How an executable of two segments differs from that of x64 which is known. */
interface Layout {
  machine?: number;
  page?: number;
  type?: number;
  /** The alignment that the program headers name. */
  align?: number;
  /** How much of the page before the code the first segment takes in the file. */
  used?: number;
  /** How many pages the code is farther in memory than in the file. */
  gap?: number;
  /** Where the entry point is in the code. */
  entry?: number;
  /** The type of the third program header. */
  third?: number;
  /** The flags of the code's segment. */
  flags?: number;
}

const TEXT_BYTES = 64;
const HEADERS_AT = 0x40;
const TEXT_HEADER_AT = HEADERS_AT + 56;

/** The file, the code in its second page, and 16 bytes that something appended. */
function executable(
  {
    machine = 62,
    page = 0x1000,
    type = 3,
    align = page,
    used = 0xa18,
    gap = 1,
    entry = 0,
    third = 0x6474e551,
    flags = 5,
  }: Layout = {},
): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(page + TEXT_BYTES + 16);
  const view = new DataView(file.buffer);
  const write64 = (at: number, ...values: number[]) =>
    values.forEach((value, index) =>
      view.setBigUint64(at + 8 * index, BigInt(value), true)
    );
  view.setUint32(0, 0x7f454c46);
  view.setUint16(4, 0x0201);
  view.setUint16(0x10, type, true);
  view.setUint16(0x12, machine, true);
  write64(0x18, page * (1 + gap) + entry, HEADERS_AT);
  view.setUint16(0x36, 56, true);
  view.setUint16(0x38, 3, true);
  const segments: [number, number, number, number, number][] = [
    [1, 4, 0, 0, used],
    [1, flags, page, page * (1 + gap), TEXT_BYTES],
    [third, 6, 0, 0, 0],
  ];
  for (const [index, segment] of segments.entries()) {
    const [type, flags, offset, address, size] = segment;
    const at = HEADERS_AT + 56 * index;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    write64(at + 8, offset, address, address, size, size, align);
  }
  file.fill(0xee, HEADERS_AT + 3 * 56, used);
  file.fill(0xcc, page);
  return file;
}

/** The fields that are changed. */
function fieldsOf(file: Uint8Array<ArrayBuffer>) {
  const view = new DataView(file.buffer);
  const read64 = (at: number) => Number(view.getBigUint64(at, true));
  const [offset, address, physical, fileSize, memorySize, align] = [
    ...[8, 16, 24, 32, 40, 48].map((field) => read64(TEXT_HEADER_AT + field)),
  ];
  const entry = read64(0x18);
  return { entry, offset, address, physical, fileSize, memorySize, align };
}

for (
  const [name, { machine, page }, length, handler] of [
    ["x64", X64, 91, 18],
    ["arm64", ARM64, 100, 20],
  ] as const
) {
  Deno.test(`${name}: the executable segment begins with the code, in the padding before it`, () => {
    const before = executable({ machine, page });
    const after = before.slice();
    equal(blockSignalsAtEntry(after), true);
    deepEqual(fieldsOf(after), {
      entry: 2 * page - length + handler,
      offset: page - length,
      address: 2 * page - length,
      physical: 2 * page - length,
      fileSize: TEXT_BYTES + length,
      memorySize: TEXT_BYTES + length,
      align: page,
    });
    // Nothing else is touched: not the first segment, the old code, what follows.
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    const fields = (at: number) =>
      at >= 0x18 && at < 0x20 ||
      at >= TEXT_HEADER_AT + 8 && at < TEXT_HEADER_AT + 48;
    const code = (at: number) => at >= page - length && at < page;
    deepEqual(changed.filter((at) => !fields(at) && !code(at)), []);
    equal(after.length, before.length);
  });

  Deno.test(`${name}: an executable that begins with the code is left alone`, () => {
    const file = executable({ machine, page });
    blockSignalsAtEntry(file);
    const once = file.slice();
    equal(blockSignalsAtEntry(file), false);
    deepEqual(file, once);
  });
}

Deno.test("the code ends with a jump to the old entry point", () => {
  const x64 = executable({ ...X64, entry: 0x20 });
  blockSignalsAtEntry(x64);
  deepEqual([...x64.subarray(0x1000 - 5, 0x1000)], [0xe9, 0x20, 0, 0, 0]);
  const arm64 = executable({ ...ARM64, entry: 0x20 });
  blockSignalsAtEntry(arm64);
  // From the instruction itself, four bytes earlier, in instructions.
  deepEqual([...arm64.subarray(0x10000 - 4, 0x10000)], [9, 0, 0, 0x14]);
});

Deno.test("the padding that is just large enough is taken", () => {
  equal(blockSignalsAtEntry(executable({ used: 0x1000 - 91 })), true);
});

/** Each differs in one thing from what is known. */
const UNKNOWN: readonly [string, Layout, RegExp][] = [
  ["no room in the padding", { used: 0x1000 - 90 }, /no padding/],
  ["no free page in memory", { gap: 0 }, /page before the code is in use/],
  ["another machine", { machine: 243 }, /e_machine is 243/],
  ["a fixed address", { type: 2 }, /e_type is 2/],
  ["another alignment", { align: 0x4000 }, /p_align is 16384/],
  ["a property segment", { third: 0x6474e553 }, /PT_GNU_PROPERTY/],
  ["an entry point outside", { entry: TEXT_BYTES }, /in no code/],
  ["no executable code", { flags: 4 }, /in no code/],
];

for (const [what, layout, why] of UNKNOWN) {
  Deno.test(`an executable with ${what} is refused and not changed`, () => {
    refused(executable(layout), why);
  });
}

Deno.test("padding that is not zero is refused, wherever the byte is", () => {
  for (const at of [0xa18, 0xfff]) {
    const file = executable();
    file[at] = 1;
    refused(file, /padding .* is not zero/);
  }
});

Deno.test("what is no executable, or cut short, is refused", () => {
  refused(new Uint8Array(0), /cut short/);
  refused(executable().slice(0, 100), /cut short/);
  refused(new TextEncoder().encode("#!/bin/sh\n".repeat(9)), /no 64-bit/);
});

Deno.test("compile changes an executable that is known, and says in a line why it leaves another", async () => {
  const path = await Deno.makeTempFile();
  try {
    const known = executable();
    await Deno.writeFile(path, known);
    equal(await closeSignalWindow(path), "");
    blockSignalsAtEntry(known);
    deepEqual(await Deno.readFile(path), known);

    const unknown = executable({ machine: 243 });
    await Deno.writeFile(path, unknown);
    equal(
      await closeSignalWindow(path),
      "signals that arrive before the runtime listens will be lost: Cannot block signals at the entry point: its e_machine is 243",
    );
    deepEqual(await Deno.readFile(path), unknown);
  } finally {
    await Deno.remove(path);
  }
});

function refused(file: Uint8Array<ArrayBuffer>, why: RegExp): void {
  const before = file.slice();
  throws(
    () => blockSignalsAtEntry(file),
    ({ message }: Error) =>
      message.startsWith("Cannot block signals at the entry point: ") &&
      why.test(message),
  );
  deepEqual(file, before);
}
