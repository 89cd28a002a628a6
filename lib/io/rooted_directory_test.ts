import { testDirectory } from "../testing/directory_suite.ts";
import { diskSubject } from "../testing/disk_folder.ts";

testDirectory("RootedDirectory", diskSubject);
