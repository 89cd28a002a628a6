import { diskSubject } from "../../testing/sync_folder_subject.ts";
import { testSyncFolder } from "../../testing/sync_folder_suite.ts";
import { testSyncFolderActing } from "../../testing/sync_folder_suite_acting.ts";
import { testSyncFolderFaults } from "../../testing/sync_folder_suite_faults.ts";
import { testSyncFolderReading } from "../../testing/sync_folder_suite_reading.ts";

testSyncFolder("DiskSyncFolder", diskSubject);
testSyncFolderReading("DiskSyncFolder", diskSubject);
testSyncFolderActing("DiskSyncFolder", diskSubject);
testSyncFolderFaults("DiskSyncFolder", diskSubject);
