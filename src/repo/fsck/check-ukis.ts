/**
 * Unified kernel images against commits. That they name the image of their commit is all that is asked here; whether kernel and
 * initramfs are those of the image is `rootseal uki verify`'s question.
 */
import { imageOfCommandLine } from '../../formats/uki/image-argument.js';
import { parseUki } from '../../formats/uki/parse-uki.js';
import { isReadFailure } from '../damage.js';
import { UKIS_DIR } from '../layout.js';
import { listUkis, requireUki } from '../ukis.js';
import type { CheckState } from './check-state.js';
import { finding } from './fsck-finding.js';

export async function checkUkis({ repository, commits, findings }: CheckState): Promise<void> {
  const { ids, strays } = listUkis(repository);
  for (const file of strays)
    findings.push(
      finding('stray', file, file === UKIS_DIR ? 'not a directory' : 'not the name of a commit'),
    );
  for (const id of ids) {
    const commit = commits.get(id);
    if (commit === undefined) {
      findings.push(finding('uki-orphan', id, 'its commit is missing or damaged'));
      continue;
    }
    try {
      const { commandLine } = parseUki(await requireUki(repository, id));
      if (imageOfCommandLine(commandLine) !== commit.image)
        findings.push(finding('uki-mismatch', id, 'it names another image than its commit'));
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      findings.push(finding('uki-damaged', id, error.message));
    }
  }
}
