import { readPe } from '../../../formats/pe/read-pe.js';
import { parseUki } from '../../../formats/uki/parse-uki.js';
import { stubVersionOf, stubVersionProblem } from '../../../formats/uki/stub.js';
import { describeError, FormatError } from '../../../util/errors.js';
import { STUB_SIZE_MAX } from '../../uki/expected-uki.js';
import { fault, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';

const FOLDER = '/usr/lib/systemd/boot/efi';

export const ukiStub: ReleaseRule = {
  id: 'L37',
  name: 'uki-stub',
  severity: 'error',
  describe: 'a stub that is not to be signed, in the unified kernel image or in the tree',
  source: 'docs/formats/uki.md',
  check: async (subject) => [...(await checkUki(subject)), ...(await checkTree(subject))],
};

async function checkUki({ uki }: ReleaseSubject): Promise<Problem[]> {
  const bytes = await uki();
  if (bytes === undefined) return [];
  return problemOf('the unified kernel image', () => parseUki(bytes).stubVersion);
}

/** Those that `uki build` would take. */
async function checkTree({ files }: ReleaseSubject): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const name of files.names(FOLDER).filter((one) => /^linux[a-z0-9]+\.efi\.stub$/.test(one))) {
    const path = `${FOLDER}/${name}`;
    const found = files.resolve(path);
    if (found?.kind !== 'file' || found.size > STUB_SIZE_MAX) continue;
    const bytes = await files.read(path, STUB_SIZE_MAX);
    for (const problem of problemOf(path, () => stubVersionOf(readPe(bytes))))
      problems.push(problem);
  }
  return problems;
}

function problemOf(what: string, read: () => Parameters<typeof stubVersionProblem>[0]): Problem[] {
  try {
    const problem = stubVersionProblem(read());
    return problem === undefined ? [] : [fault(`${what}: ${problem}`)];
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [fault(`${what}: ${describeError(error)}`)];
  }
}
