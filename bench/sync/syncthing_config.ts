/**
 * The configuration file of Syncthing 1.19 (docs.syncthing.net, "Syncthing Configuration").
 *
 * @module
 */

/** One of the peers. */
export interface Device {
  readonly id: string;
  readonly home: string;
  readonly folder: string;
  readonly port: number;
  readonly restPort: number;
}

/** The secret of its REST interface; it listens on loopback, for minutes. */
export const REST_KEY = "landline-bench";

/**
 * What turns off what would leave the machine (announcing, relays, NAT, STUN, reports, upgrades) stands with what makes it
 * fast: a watcher that waits for one second instead of ten, no lowered priority, no look for names that differ in case only.
 * Everything else is as it comes; data is synced to the disk. (Of conflict copies it makes none where the file does not say
 * how many, unlike the file that it comes with.)
 */
export function configOf(own: Device, all: readonly Device[]): string {
  const members = all.map(({ id }) => `<device id="${id}"/>`).join("");
  const devices = all.map(({ id, port }, index) =>
    `<device id="${id}" name="p${index}" compression="metadata">
  <address>tcp://127.0.0.1:${port}</address></device>`
  ).join("\n ");
  return `<configuration version="36">
 <folder id="bench" path="${own.folder}" type="sendreceive" rescanIntervalS="86400"
  fsWatcherEnabled="true" fsWatcherDelayS="1">${members}
  <scanProgressIntervalS>-1</scanProgressIntervalS><markerName>.stfolder</markerName>
  <maxConcurrentWrites>2</maxConcurrentWrites><disableFsync>false</disableFsync><maxConflicts>10</maxConflicts>
  <caseSensitiveFS>true</caseSensitiveFS></folder>
 ${devices}
 <gui enabled="true" tls="false"><address>127.0.0.1:${own.restPort}</address>
  <apikey>${REST_KEY}</apikey></gui>
 <options><listenAddress>tcp://127.0.0.1:${own.port}</listenAddress>
  <globalAnnounceEnabled>false</globalAnnounceEnabled>
  <localAnnounceEnabled>false</localAnnounceEnabled>
  <relaysEnabled>false</relaysEnabled><natEnabled>false</natEnabled>
  <reconnectionIntervalS>5</reconnectionIntervalS><startBrowser>false</startBrowser>
  <urAccepted>-1</urAccepted><crashReportingEnabled>false</crashReportingEnabled>
  <autoUpgradeIntervalH>0</autoUpgradeIntervalH><releasesURL></releasesURL>
  <stunKeepaliveStartS>0</stunKeepaliveStartS><stunServer></stunServer>
  <announceLANAddresses>false</announceLANAddresses>
  <setLowPriority>false</setLowPriority><restartOnWakeup>false</restartOnWakeup>
 </options></configuration>
`;
}
