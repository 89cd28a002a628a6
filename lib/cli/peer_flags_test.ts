import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, ProgramError } from "../errors.ts";
import { parsePeerCommand, PEER_HELP } from "./peer_flags.ts";

const RUN = ["--dir", "d", "--tracker", "[::1]"];

Deno.test("parsePeerCommand() runs a peer where no command is said, with the defaults of --help", () => {
  const command = parsePeerCommand(RUN);
  assertEquals(command.do, "run");
  assertEquals(command.dir, "d");
  assertEquals(command.tracker, { host: "::1", port: 7000 });
  assertEquals(command.versionsSize, { part: 0.1 });
  const { flags } = command;
  assertEquals([flags.port, flags.conflicts, flags["versions-days"]], [
    0,
    "copy",
    30,
  ]);
  assertEquals([flags["no-watch"], flags.log, flags.name], [
    false,
    "text",
    undefined,
  ]);
});

Deno.test("parsePeerCommand() takes sizes and parts of the disk for versions", () => {
  const sizeOf = (text: string) =>
    parsePeerCommand([...RUN, "--versions-size", text]).versionsSize;
  assertEquals(sizeOf("2G"), { bytes: 2 * 1024 ** 3 });
  assertEquals(sizeOf("0"), { bytes: 0 });
  assertEquals(sizeOf("2.5%"), { part: 0.025 });
  assertEquals(sizeOf("100%"), { part: 1 });
});

Deno.test("parsePeerCommand() knows the commands and what may follow them", () => {
  const words = (...args: string[]) =>
    parsePeerCommand([...args, "--dir", "d"]);
  assertEquals(words("status", "--json").flags.json, true);
  assertEquals(words("wait", "--all").do, "wait");
  assertEquals(
    words("wait", "--peer", "bob", "--seconds", "5").flags.peer,
    "bob",
  );
  assertEquals(words("scan").words, []);
  assertEquals(words("scan", "a", "2024").words, ["a", "2024"]);
  assertEquals(words("why", "a b").words, ["a b"]);
  assertEquals(words("restore", "x", "--to", "y").flags.to, "y");
  assertEquals(words("versions", "--json").words, []);
  assertEquals(words("confirm").do, "confirm");
});

Deno.test("parsePeerCommand() refuses what it cannot do with a sentence that says what to say", () => {
  const faults: [string[], string][] = [
    [[], "--dir"],
    [["--tracker", "x"], "--dir"],
    [["status"], "--dir"],
    [["--dir", "d"], "--tracker"],
    [["--dir", "d", "--tracker", "a b"], "192.168.1.7:7000"],
    [["./shared", "--tracker", "x"], "no command"],
    [["constructor", "--dir", "d"], "no command"],
    [["wait", "--dir", "d"], "--all"],
    [["wait", "--all", "--peer", "x", "--dir", "d"], "--all"],
    [["why", "--dir", "d"], "why of what"],
    [["why", "a", "b", "--dir", "d"], "too much"],
    [["status", "x", "--dir", "d"], "too much"],
    [["status", "--all", "--dir", "d"], "--all is not for status"],
    [["scan", "--tracker", "x", "--dir", "d"], "--tracker is not for scan"],
    [[...RUN, "--json"], "--json is not for running"],
    [[...RUN, "--seconds", "3"], "--seconds is not for running"],
    [[...RUN, "--name", ""], "--name"],
    [[...RUN, "--name", "a\nb"], "--name"],
    [[...RUN, "--name", "x".repeat(65)], "--name"],
    [[...RUN, "--advertise", "a b"], "--advertise"],
    [[...RUN, "--versions-size", "101%"], "--versions-size"],
    [[...RUN, "--versions-size", "much"], "--versions-size"],
    [[...RUN, "--conflicts", "oldest"], "copy, newest"],
    [[...RUN, "--port", "70000"], "65535"],
    [[...RUN, "--trakcer", "x"], "--tracker"],
  ];
  for (const [args, text] of faults) {
    const fault = assertThrows(() => parsePeerCommand(args), ProgramError);
    assertEquals(fault.exit, EXIT.usage, fault.message);
    assert(fault.message.includes(text), `${args}: ${fault.message}`);
    assert(fault.message.endsWith("Try --help."), fault.message);
  }
});

Deno.test("parsePeerCommand() asks nothing of who asks for help", () => {
  assertEquals(parsePeerCommand(["--help"]).flags.help, true);
  assertEquals(parsePeerCommand(["status", "-h"]).flags.help, true);
  assertEquals(parsePeerCommand(["-V"]).flags.version, true);
});

Deno.test("PEER_HELP names every command that there is", () => {
  for (
    const command of [
      "status",
      "wait",
      "scan",
      "confirm",
      "why",
      "versions",
      "restore",
    ]
  ) assert(PEER_HELP.more.includes(`\n  ${command} `), command);
});
