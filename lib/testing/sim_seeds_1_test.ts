import { checkSeeds } from "./sim_seeds.ts";

// In two files, for as many cores. Not in more: each has to be compiled anew before it is fast, at the cost of 50 seeds.
Deno.test("peers and tracker keep their promises in the simulator, seeds 1 to 400", () =>
  checkSeeds(1, 400));
