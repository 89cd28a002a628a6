import { type DirectorySubject, testDirectory } from "./directory_suite.ts";
import { testDirectoryWriting } from "./directory_suite_writing.ts";
import { MemoryDirectory } from "./memory_directory.ts";

testDirectory("MemoryDirectory", memorySubject);
testDirectoryWriting("MemoryDirectory", memorySubject);

function memorySubject(options?: { hidden: boolean }): DirectorySubject {
  const directory = new MemoryDirectory();
  directory.hidden = options?.hidden ?? false;
  directory.isSettled = false;
  return {
    directory,
    put: (name, content) => directory.put(name, content),
    rewrite: (name, content) => directory.rewrite(name, content),
    remove: (name) => directory.remove(name),
    get: (name) => directory.get(name),
    mtimeOf: (name) => directory.mtimeOf(name),
    settle: () => void (directory.isSettled = true),
    [Symbol.dispose]: () => {},
  };
}
