import { checkSeeds } from "./sim_seeds.ts";

Deno.test("peers and tracker keep their promises in the simulator, seeds 401 to 800", () =>
  checkSeeds(401, 400));
