/**
 * Where a resumable upload is: in the folder of the file it will be, under a name of ours that only who began it knows.
 *
 * @module
 */

import { pathOfPlace, type Place } from "../../http/target.ts";
import {
  baseOf,
  folderOf,
  type Name,
  RESERVED_PREFIX,
  toName,
} from "../../names/name.ts";
import { nameIn } from "./change_names.ts";

export interface TusPlace {
  readonly folder: Name | "";
  /** 16 hexadecimal digits: with them, nobody needs a further right to go on. */
  readonly token: string;
}

const PREFIX = RESERVED_PREFIX + "-";
const TOKEN = /^[0-9a-f]{16}$/;

/** The upload that `place` names; `undefined` if it is something else. */
export function tusPlaceOf({ name, isFolder }: Place): TusPlace | undefined {
  const base = baseOf(name);
  if (isFolder || !base.startsWith(PREFIX)) return undefined;
  const token = base.slice(PREFIX.length);
  if (!TOKEN.test(token)) return undefined;
  return placeBeside(name, token);
}

/** Where the upload `token` of a file with that name is: so the part is renamed within one folder. */
export function placeBeside(name: string, token: string): TusPlace {
  const folder = folderOf(name);
  return { folder: folder === "" ? "" : toName(folder), token };
}

/** Its path. */
export function pathOfUpload({ folder, token }: TusPlace): string {
  return pathOfPlace({
    name: nameIn(folder, PREFIX + token),
    isFolder: false,
  });
}
