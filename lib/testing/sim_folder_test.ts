import { simSubject } from "./sync_folder_subject.ts";
import { testSyncFolder } from "./sync_folder_suite.ts";
import { testSyncFolderActing } from "./sync_folder_suite_acting.ts";
import { testSyncFolderFaults } from "./sync_folder_suite_faults.ts";

testSyncFolder("SimFolder", simSubject);
testSyncFolderActing("SimFolder", simSubject);
testSyncFolderFaults("SimFolder", simSubject);
