import { assertEquals } from "@std/assert";
import { metadataText, toBase64 } from "./metadata.js";

Deno.test("metadataText() is what the specification of tus shows", () => {
  // tus 1.0, "Creation", the example.
  assertEquals(
    metadataText({ filename: "world_domination_plan.pdf" }),
    "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==",
  );
});

Deno.test("metadataText() keeps every character of a name, folders and emoji too, in ASCII", () => {
  const filename = "Fotos/é 日本 👩‍👧, a b\n.jpg";
  const text = metadataText({ filename, lastModified: "12" });
  assertEquals(/^[\x20-\x7e]*$/.test(text), true);
  const [name, time] = text.split(",").map((pair) => pair.split(" ")[1]!);
  const bytes = Uint8Array.from(atob(name!), (c) => c.charCodeAt(0));
  assertEquals(new TextDecoder().decode(bytes), filename);
  assertEquals(atob(time!), "12");
});

Deno.test("toBase64() takes every byte", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(atob(toBase64(bytes)).length, 256);
});
