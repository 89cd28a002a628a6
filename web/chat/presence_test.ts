import { assertEquals } from "@std/assert";
import { namesText, Presence } from "./presence.js";

Deno.test("namesText() spells a few names out, and counts the rest", () => {
  const names = ["ann", "bob", "eve", "joe", "sue"];
  assertEquals(
    names.map((_, at) => namesText(names.slice(0, at + 1))),
    [
      "ann",
      "ann and bob",
      "ann, bob and eve",
      "ann, bob, eve and joe",
      "ann, bob, eve and 2 others",
    ],
  );
});

Deno.test("Presence says in the end who came and who left", () => {
  const presence = new Presence();
  presence.came(["ann", "bob"]);
  presence.left(["eve"]);
  assertEquals(presence.text, "ann and bob came, eve left");
  presence.left(["bob"]);
  presence.came(["eve"]);
  assertEquals(presence.text, "ann came");
  presence.left(["ann"]);
  assertEquals(presence.text, "");
});
