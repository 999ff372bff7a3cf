/** What a change means, for the journal. */
import { findDeployment, type DeploymentRecord } from '../../formats/deployment/record.js';
import type { Deployment } from '../../formats/deployment/deployment.js';
import { describeDeployment } from '../../formats/deployment/describe.js';
import { sendToJournal } from './journal-entry.js';
import type { Change } from '../record/session.js';

/** Tells the journal of a change of the host that is running. Others have their own journal. */
export function tellJournal({ before, record, merges }: Change): void {
  tellRoles(before, record);
  for (const { id, boots, failure } of record.deployments) {
    const deployment = findDeployment(record, id);
    const old = findDeployment(before, id);
    if (deployment === undefined || old === undefined || old.boots === boots) continue;
    const fields = fieldsOf(deployment);
    const who = describeDeployment(deployment);
    if (boots === 'good') sendToJournal({ id: 'BOOT_GOOD', message: `${who} is good`, fields });
    if (boots === 'bad')
      sendToJournal({ id: 'BOOT_BAD', message: `${who} is bad: ${failure?.reason ?? ''}`, fields });
  }
  for (const [id, { conflicts }] of merges) {
    for (const { path, detail } of conflicts)
      sendToJournal({
        id: 'ETC_CONFLICT',
        message: `${path}: ${detail}`,
        fields: { ROOTSEAL_DEPLOYMENT: id, ROOTSEAL_PATH: path },
      });
  }
  tellFloor(before, record);
}

function tellRoles(before: DeploymentRecord, record: DeploymentRecord): void {
  const standard = findDeployment(record, record.default);
  if (standard !== undefined && record.default !== before.default) {
    const fields = fieldsOf(standard);
    const wasKnown = findDeployment(before, standard.id) !== undefined;
    const id = before.staged === standard.id ? 'FINALIZED' : wasKnown ? 'ROLLED_BACK' : 'DEPLOYED';
    const message = `${describeDeployment(standard)} is the default`;
    sendToJournal({ id, message, fields });
  }
  const staged = findDeployment(record, record.staged);
  if (staged !== undefined && record.staged !== before.staged)
    sendToJournal({
      id: 'STAGED',
      message: `${describeDeployment(staged)} becomes the default at shutdown`,
      fields: fieldsOf(staged),
    });
  for (const old of before.deployments) {
    if (findDeployment(record, old.id) === undefined)
      sendToJournal({
        id: 'UNDEPLOYED',
        message: `${describeDeployment(old)} was removed`,
        fields: fieldsOf(old),
      });
  }
}

function tellFloor(before: DeploymentRecord, record: DeploymentRecord): void {
  if (record.floor === before.floor) return;
  const raised = record.floor > before.floor;
  sendToJournal({
    id: raised ? 'FLOOR_RAISED' : 'FLOOR_LOWERED',
    message: `sealed images with a sequence below ${record.floor} are refused at boot`,
    fields: { ROOTSEAL_FLOOR: String(record.floor) },
  });
}

function fieldsOf({ id, name, release, image, commit }: Deployment): Record<string, string> {
  return {
    ROOTSEAL_DEPLOYMENT: id,
    ROOTSEAL_NAME: name,
    ROOTSEAL_RELEASE: release,
    ROOTSEAL_IMAGE: image,
    ROOTSEAL_COMMIT: commit,
  };
}
