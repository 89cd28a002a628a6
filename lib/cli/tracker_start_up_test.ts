import { assertEquals } from "@std/assert";
import { trackerStartUpText } from "./tracker_start_up.ts";

Deno.test("trackerStartUpText() tells the port for scripts, the addresses, and what to do on every machine", () => {
  const reach = {
    flags: { bind: [] },
    port: 7001,
    addresses: ["fd00::7", "10.0.0.7"],
  };
  assertEquals(
    trackerStartUpText(reach, undefined),
    "Tracker on port 7001, its state is in memory:\n" +
      "  http://[fd00::7]:7001/\n  http://10.0.0.7:7001/\n" +
      "On every machine: peer.ts --tracker '[fd00::7]:7001' --dir FOLDER. Stop with Ctrl-C.\n",
  );
  assertEquals(
    trackerStartUpText({ ...reach, addresses: [] }, "da\nta"),
    "Tracker on port 7001, its state is kept in da\\nta:\n" +
      "On every machine: peer.ts --tracker '[::1]:7001' --dir FOLDER. Stop with Ctrl-C.\n",
  );
});
