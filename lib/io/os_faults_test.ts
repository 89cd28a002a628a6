import { assertEquals, assertStrictEquals } from "@std/assert";
import { Refusal } from "../errors.ts";
import { errnoOf, plainMessage, toRefusal } from "./os_faults.ts";

Deno.test("toRefusal tells faults of the operating system by their errno, and never a path", () => {
  const CASES = {
    ENOENT: "not-found",
    EACCES: "not-allowed",
    EEXIST: "exists",
    ENOSPC: "no-space",
    EDQUOT: "no-space",
    EMFILE: "busy",
    ENAMETOOLONG: "bad-name",
    EIO: "internal",
  };
  for (const [errno, code] of Object.entries(CASES)) {
    const error = Object.assign(new Error("open '/secret/x'"), { code: errno });
    const refusal = toRefusal(error);
    assertEquals(refusal.code, code);
    assertEquals(refusal.message.includes("secret"), false);
    assertStrictEquals(refusal.cause, error);
  }
});

Deno.test("toRefusal leaves a refusal as it is, and takes the sandbox for a missing permission", () => {
  const refusal = new Refusal("busy");
  assertStrictEquals(toRefusal(refusal), refusal);
  assertEquals(
    toRefusal(new Deno.errors.NotCapable("no")).code,
    "not-allowed",
  );
  assertEquals(toRefusal("thrown text").code, "internal");
});

Deno.test("errnoOf and plainMessage read what Deno throws", () => {
  try {
    Deno.statSync("/nowhere/at/all");
  } catch (error) {
    assertEquals(errnoOf(error), "ENOENT");
    assertEquals(
      plainMessage(error),
      "No such file or directory: stat '/nowhere/at/all'",
    );
  }
  assertEquals(errnoOf(new Error("x")), undefined);
});
