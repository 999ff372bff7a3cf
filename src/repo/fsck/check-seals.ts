/** Seals against commits. Whether a key may be trusted is `verify`'s question; this is about damage. */
import fs from 'node:fs';
import { isCommitId } from '../../formats/commit/commit.js';
import { parseNote } from '../../formats/seal/note.js';
import { isReadFailure } from '../damage.js';
import { SEALS_DIR } from '../layout.js';
import { requireSeal, sealTextOf } from '../seals.js';
import type { CheckState } from './check-state.js';
import { finding } from './fsck-finding.js';

export function checkSeals({ repository, commits, findings }: CheckState): void {
  for (const name of fs.readdirSync(repository.file(SEALS_DIR)).sort()) {
    if (!isCommitId(name)) {
      findings.push(finding('stray', `${SEALS_DIR}/${name}`, 'not the name of a commit'));
      continue;
    }
    const commit = commits.get(name);
    if (commit === undefined) {
      findings.push(finding('seal-orphan', name, 'its commit is missing or damaged'));
      continue;
    }
    try {
      const { text } = parseNote(requireSeal(repository, name));
      if (text !== sealTextOf(name, commit))
        findings.push(finding('seal-mismatch', name, 'its text is not the one of its commit'));
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      findings.push(finding('seal-damaged', name, error.message));
    }
  }
}
