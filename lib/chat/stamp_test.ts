import { assertEquals } from "@std/assert";
import { fromBytes } from "../bytes/ascii.ts";
import { Stamp } from "./stamp.ts";

function textOf({ view }: Stamp): string | undefined {
  return fromBytes(
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
  );
}

Deno.test("Stamp counts on as numbers are written", () => {
  for (const start of [0, 8, 98, 199, 9_998, 999_999_999]) {
    const stamp = new Stamp(start);
    stamp.tell(1_700_000_000_000);
    for (let id = start + 1; id < start + 120; id++) {
      assertEquals(stamp.next(), id);
      assertEquals(stamp.value, id);
      assertEquals(textOf(stamp), `message|${id}|1700000000000|`);
    }
  }
});

Deno.test("Stamp begins with the last ID, and tells another time for the same", () => {
  const stamp = new Stamp(41);
  assertEquals(stamp.value, 41);
  stamp.tell(5);
  assertEquals(textOf(stamp), "message|41|5|");
  stamp.tell(1_000);
  assertEquals(textOf(stamp), "message|41|1000|");
  const id = textOf(stamp)!.slice(stamp.idStart);
  assertEquals(id, "41|1000|");
});
