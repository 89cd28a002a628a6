/**
 * A file system of its own in a folder, to be filled (Linux, root).
 *
 * @module
 */

import { DiskFolder } from "./disk_folder.ts";

/** Mounted until it is disposed of. */
export class SmallDisk implements Disposable {
  readonly folder = new DiskFolder();

  /** @param options of `mount`: `size=4m`, `ro` */
  constructor(options: string) {
    mount("mount", "-t", "tmpfs", "-o", options, "tmpfs", this.folder.path);
  }

  get path(): string {
    return this.folder.path;
  }

  remount(options: string): void {
    mount("mount", "-o", `remount,${options}`, this.path);
  }

  [Symbol.dispose](): void {
    mount("umount", "--lazy", this.path);
    this.folder[Symbol.dispose]();
  }
}

function mount(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Whether there can be one. */
export function canMount(): boolean {
  try {
    using _disk = new SmallDisk("size=64k");
    return true;
  } catch {
    return false;
  }
}
