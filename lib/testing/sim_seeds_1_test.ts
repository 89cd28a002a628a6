import { checkSeeds } from "./sim_seeds.ts";

// In four files, for as many cores.
Deno.test("peers and tracker keep their promises in the simulator, seeds 1 to 200", () =>
  checkSeeds(1, 200));
