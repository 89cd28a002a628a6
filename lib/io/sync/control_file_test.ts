import { assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../../errors.ts";
import {
  isSameSecret,
  readControlFile,
  removeControlFile,
  writeControlFile,
} from "./control_file.ts";
import { lockFolder } from "./folder_lock.ts";
import { systemChance } from "./real_world.ts";

/** A folder of its own. */
class Site implements Disposable {
  readonly own = Deno.makeTempDirSync({ prefix: "landline-control-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.own, { recursive: true });
  }
}

const ADDRESS = { host: "127.0.0.1", port: 4000, token: "secret" };

Deno.test("writeControlFile() writes what readControlFile() reads, for this user alone, over whatever was there", () => {
  using site = new Site();
  assertEquals(readControlFile(site.own), undefined);
  Deno.writeTextFileSync(`${site.own}/control.json`, "old", { mode: 0o644 });
  Deno.writeTextFileSync(`${site.own}/control.json.new`, "of a killed run");
  writeControlFile(site.own, ADDRESS);
  assertEquals(readControlFile(site.own), ADDRESS);
  if (Deno.build.os !== "windows") {
    const { mode } = Deno.statSync(`${site.own}/control.json`);
    assertEquals(mode! & 0o777, 0o600);
  }
  removeControlFile(site.own);
  removeControlFile(site.own);
  assertEquals([...Deno.readDirSync(site.own)], []);
});

Deno.test("readControlFile() takes nothing that is no address", () => {
  using site = new Site();
  for (
    const text of [
      "",
      "{",
      "[]",
      "null",
      "{}",
      '{"host":"h","port":"1","token":"t"}',
      '{"host":"h","port":1.5,"token":"t"}',
      '{"host":"h","port":1}',
    ]
  ) {
    Deno.writeTextFileSync(`${site.own}/control.json`, text);
    assertEquals(readControlFile(site.own), undefined, text);
  }
});

Deno.test("isSameSecret() compares all of it, whatever the lengths", () => {
  assertEquals(isSameSecret("secret", "secret"), true);
  for (const other of ["", "secre", "secreT", "secret ", "Ä"]) {
    assertEquals(isSameSecret("secret", other), false);
  }
});

Deno.test("lockFolder() lets one have a folder at a time", () => {
  using site = new Site();
  const lock = lockFolder(site.own);
  const fault = assertThrows(() => lockFolder(site.own), ProgramError);
  assertEquals(fault.exit, EXIT.exists);
  lock.release();
  lockFolder(site.own).release();
});

Deno.test("systemChance gives letters of all 36 kinds, as many as are asked for", () => {
  assertEquals(systemChance.letters(0), "");
  const text = systemChance.letters(5000);
  assertEquals(text.length, 5000);
  assertEquals(
    [...new Set(text)].sort().join(""),
    "0123456789abcdefghijklmnopqrstuvwxyz",
  );
  const number = systemChance.number();
  assertEquals(number >= 0 && number < 1, true);
});
