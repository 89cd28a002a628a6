/** The version of all programs, from deno.json. */
import settings from "../../deno.json" with { type: "json" };

export const VERSION: string = settings.version;
