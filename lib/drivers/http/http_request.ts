/**
 * A request whose target was understood, and what the answers of the file service are made from.
 *
 * @module
 */

import type { RequestHead } from "../../http/request_head.ts";
import type { Field } from "../../http/status.ts";
import type { Place, Target } from "../../http/target.ts";
import type { Clock } from "../../io/clock.ts";
import type { Log } from "../../io/log.ts";
import type { Metrics } from "../metrics.ts";
import type { ReadSources } from "../read_answers.ts";
import type { UploadSources } from "../upload_answers.ts";

/** A request for a place in the folder that is served. */
export interface HttpRequest {
  readonly head: RequestHead;
  readonly place: Place;
  readonly target: Target;
  /** What is behind its `?`. */
  readonly query: URLSearchParams;
}

/** Nothing behind the `?`. */
export const NO_QUERY = new URLSearchParams();

/** How the file service speaks HTTP. */
export interface HttpOptions extends ReadSources, UploadSources {
  /** The file that is shown for the folder it is in. */
  readonly indexName: string;
  /** Unknown paths get the index of the root. */
  readonly spa: boolean;
  readonly listings: boolean;
  readonly archives: boolean;
  /** Compress text on the fly. */
  readonly compress: boolean;
  /** Pages of every site may read. */
  readonly cors: boolean;
  /** Field lines of every answer. */
  readonly fields: readonly Field[];
  readonly mayDelete: boolean;
  /** Public names under which pages may change something (`http/same_origin.ts`). */
  readonly allowedHosts: readonly string[];
  /** `undefined` where nobody may ask for them. */
  readonly metrics: Metrics | undefined;
  readonly log: Log;
  readonly clock: Clock;
}
