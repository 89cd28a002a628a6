import { simSubject } from "./sync_folder_subject.ts";
import { testSyncFolder } from "./sync_folder_suite.ts";
import { testSyncFolderActing } from "./sync_folder_suite_acting.ts";
import { testSyncFolderFaults } from "./sync_folder_suite_faults.ts";
import { testSyncFolderReading } from "./sync_folder_suite_reading.ts";

testSyncFolder("SimFolder", simSubject);
testSyncFolderReading("SimFolder", simSubject);
testSyncFolderActing("SimFolder", simSubject);
testSyncFolderFaults("SimFolder", simSubject);
