import { checkModel } from "./sync_model.ts";

Deno.test("the rules keep their promises in the model, seeds 10 001 to 20 000", () => {
  checkModel(10_001, 10_000);
});
