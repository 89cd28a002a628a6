/**
 * What a fetch asks the server for.
 *
 * @module
 */

import type { Piece, PlannedFile } from "../files/fetch_plan.ts";
import type { Request } from "../wire/verbs.ts";
import type { PieceCheck } from "./piece_check.ts";

/** A request under way, with what is needed to judge its answer. */
export type Asked =
  & {
    readonly request: Request;
    readonly file: PlannedFile;
    readonly bytes: number;
  }
  & (
    | {
      readonly kind: "piece";
      readonly piece: Piece;
      readonly check: PieceCheck;
    }
    | { readonly kind: "sha256"; readonly answer: Uint8Array[] }
    | { readonly kind: "stat"; readonly answer: Uint8Array[] }
  );

/** A request for a piece of a file. */
export type AskedPiece = Extract<Asked, { kind: "piece" }>;
