import { checkSeeds } from "./sim_seeds.ts";

// In four files, for as many cores.
Deno.test("peers and tracker keep their promises in the simulator, seeds 601 to 800", () =>
  checkSeeds(601, 200));
