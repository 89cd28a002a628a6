import { testDirectory } from "./directory_suite.ts";
import { MemoryDirectory } from "./memory_directory.ts";

testDirectory("MemoryDirectory", (options) => {
  const directory = new MemoryDirectory();
  directory.hidden = options?.hidden ?? false;
  return {
    directory,
    put: (name, content) => directory.put(name, content),
    rewrite: (name, content) => directory.rewrite(name, content),
    remove: (name) => directory.remove(name),
    get: (name) => directory.get(name),
    mtimeOf: (name) => directory.mtimeOf(name),
    [Symbol.dispose]: () => {},
  };
});
