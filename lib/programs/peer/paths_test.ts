import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../../errors.ts";
import { pathInFolder } from "./paths.ts";

Deno.test("pathInFolder() takes paths as people type them", () => {
  const cases: Record<string, string> = {
    "a/b": "a/b",
    "./a/b": "a/b",
    "././/a": "a",
    "a/b/": "a/b",
    "/root/a b": "a b",
    "/root/.hidden": ".hidden",
    "2024": "2024",
    // Decomposed, as macOS gives it.
    "u\u0308": "\u00fc",
  };
  for (const [typed, path] of Object.entries(cases)) {
    assertEquals(pathInFolder("/root", typed) as string, path);
  }
});

Deno.test("pathInFolder() refuses what cannot be in the folder", () => {
  for (
    const typed of [
      "",
      "/",
      ".",
      "..",
      "../x",
      "a/../b",
      "/rootx/a",
      "/etc/passwd",
      "a//b",
    ]
  ) {
    const fault = assertThrows(
      () => pathInFolder("/root", typed),
      ProgramError,
    );
    assertEquals(fault.exit, EXIT.usage, typed);
  }
});
