import { assert, assertStringIncludes } from "@std/assert";
import { chatStartUpText } from "./chat_start_up.ts";

function textOf(port: number, webPort: number): string {
  const reach = {
    flags: { bind: [] },
    port,
    addresses: ["10.0.0.7", "fd00::7"],
  };
  return chatStartUpText(reach, webPort, undefined);
}

Deno.test("chatStartUpText() tells the port for scripts, and where browsers go", () => {
  const text = textOf(6001, 6001);
  assertStringIncludes(text, "Chat on port 6001, ");
  assertStringIncludes(
    text,
    "  http://10.0.0.7:6001/\n  http://[fd00::7]:6001/\n",
  );
  assert(!text.includes("refuse"));
});

Deno.test("chatStartUpText() sends browsers to a port that they do not refuse, and says why", () => {
  const text = textOf(6000, 6080);
  assertStringIncludes(text, "(browsers go to 6080, as they refuse 6000)");
  assertStringIncludes(text, "http://10.0.0.7:6080/");
  assertStringIncludes(text, "--port 6000");
});
