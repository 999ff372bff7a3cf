import {
  ARGUMENT_FILE_MAX,
  kernelKey,
  parseArgumentFile,
  showArgument,
} from '../../../formats/kargs.js';
import { describeError, RootsealError } from '../../../util/errors.js';
import { IMAGE_PLACES, isArgumentFile } from '../../configured-arguments.js';
import { fault, type Problem } from '../lint-finding.js';
import type { ReleaseRule } from '../lint-rule.js';
import type { ReleaseSubject } from '../lint-subject.js';

/** The parser refuses those of the boot program. These take its place, or turn its initramfs into something else. */
const TAKES_OVER = /^(?:init|rdinit|initrd|rd\..*)$/;
/** Files are read whatever machine they are for. */
const ANY_MACHINE = 'x86_64';

export const kernelArguments: ReleaseRule = {
  id: 'L15',
  name: 'kargs',
  severity: 'error',
  describe: 'a file of kargs.d that is refused, or asks for init=, rdinit=, initrd= or rd.*',
  source: 'rootseal-kargs.d(5); bootc lint bootc-kargs',
  check: async (subject) => {
    const problems: Problem[] = [];
    for (const [place, kind] of IMAGE_PLACES)
      for (const name of subject.files.names(place).filter(isArgumentFile))
        for (const problem of await checkFile(subject, `${place}/${name}`, kind))
          problems.push(problem);
    return problems;
  },
};

async function checkFile(
  { files }: ReleaseSubject,
  path: string,
  kind: 'rootseal' | 'bootc',
): Promise<Problem[]> {
  try {
    const bytes = await files.read(path, ARGUMENT_FILE_MAX);
    const { append } = parseArgumentFile(bytes, ANY_MACHINE, kind);
    return append
      .filter((argument) => TAKES_OVER.test(kernelKey(argument)))
      .map((argument) =>
        fault(`${path}: ${showArgument(argument)} is for the initramfs, which is the image's own`),
      );
  } catch (error) {
    if (!(error instanceof RootsealError)) throw error;
    const said = describeError(error);
    return [fault(said.startsWith(path) ? said : `${path}: ${said}`)];
  }
}
