import { checkSeeds } from "./sim_seeds.ts";

// In four files, for as many cores.
Deno.test("peers and tracker keep their promises in the simulator, seeds 201 to 400", () =>
  checkSeeds(201, 200));
