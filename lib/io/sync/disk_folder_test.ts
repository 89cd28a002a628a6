import { diskSubject } from "../../testing/sync_folder_subject.ts";
import { testSyncFolder } from "../../testing/sync_folder_suite.ts";

testSyncFolder("DiskSyncFolder", diskSubject);
