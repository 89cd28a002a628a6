import { simSubject } from "./sync_folder_subject.ts";
import { testSyncFolder } from "./sync_folder_suite.ts";

testSyncFolder("SimFolder", simSubject);
