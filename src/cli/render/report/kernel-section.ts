/** The kernel, and the arguments that the image asks for. */
import type { ArgumentChanges, AskedArguments } from '../../../disk/report/argument-changes.js';
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Content, type Html } from '../../../formats/html/element.js';
import type { KernelArgument } from '../../../formats/deployment/deployment.js';
import { capList } from './capped-list.js';
import { countOf } from './shown-names.js';
import { code, paragraph, section, table, verdict } from './parts.js';

const LISTED_MAX = 100;

export function kernelSection(facts: ReportFacts): Html {
  const [before, after] = [facts.from.commit.kernel?.release, facts.to.commit.kernel?.release];
  const kernel =
    before === after
      ? ['The kernel is the same: ', named(after), '.']
      : ['The kernel was ', named(before), ' and is ', named(after), '.'];
  return section('kernel', 'Kernel and arguments', [
    paragraph(kernel),
    ...describeArguments(facts.arguments),
  ]);
}

function named(release: string | undefined): Html {
  return release === undefined ? element('em', {}, 'none') : code(release);
}

function describeArguments(changes: ArgumentChanges): Html[] {
  const problems = [problemOf('before', changes.from), problemOf('after', changes.to)];
  const parts = problems.filter((one) => one !== undefined);
  const { added, removed, to } = changes;
  if (added.length + removed.length > 0) {
    const all = [
      ...added.map((argument) => ({ argument, isNew: true })),
      ...removed.map((argument) => ({ argument, isNew: false })),
    ];
    const { shown, left } = capList(
      all,
      LISTED_MAX,
      ({ argument }) => argument.value.length + argument.from.length,
    );
    parts.push(
      table({
        caption: 'Kernel arguments that files of the image ask for',
        columns: [{ heading: 'Argument' }, { heading: 'Change' }, { heading: 'File' }],
        rows: shown.map(({ argument, isNew }) => rowOf(argument, isNew ? 'new' : 'removed')),
      }),
    );
    if (left.length > 0)
      parts.push(paragraph(`And ${countOf(left.length, 'more argument')}.`, 'more'));
  } else if (parts.length === 0) {
    const order = changes.isReordered ? 'the same, in another order' : 'the same';
    const count = to.list?.length ?? 0;
    parts.push(
      paragraph(
        count === 0
          ? 'No file of the image asks for kernel arguments.'
          : `The ${countOf(count, 'kernel argument')} that files of the image ask for ${count === 1 ? 'is' : 'are'} ${order}.`,
      ),
    );
  }
  return parts;
}

function problemOf(when: string, { problem }: AskedArguments): Html | undefined {
  if (problem === undefined) return undefined;
  return paragraph([verdict('bad', `Arguments ${when} cannot be read: `), problem]);
}

function rowOf({ value, from }: KernelArgument, change: string): readonly Content[] {
  return [code(value), change, code(from.replace(/^image:/, ''))];
}
