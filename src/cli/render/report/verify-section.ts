/** How somebody else, on a machine of their own, checks what the page says. */
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Html } from '../../../formats/html/element.js';
import { paragraph, section } from './parts.js';

export function verifySection({ from, to }: ReportFacts): Html {
  const steps: (readonly [string, string])[] = [
    [
      'Fetch both releases into a repository of your own. A pull brings the release that a branch names; pull the older one while a branch names it. KEYS is a directory with the verifier keys (*.pub), which you have from the distributor by another way than this page.',
      [
        'rootseal init repo',
        'export ROOTSEAL_REPO=$PWD/repo',
        'rootseal remote add origin URL --keys KEYS',
        'rootseal pull origin BRANCH',
      ].join('\n'),
    ],
    [
      'Check who sealed them, and that seal, commit and image belong together.',
      [`rootseal verify ${to.id} --keys KEYS`, `rootseal verify ${from.id} --keys KEYS`].join('\n'),
    ],
    ['Check the content of every file.', 'rootseal fsck'],
    [
      'Check the digest of the image without rootseal (fsverity-utils). It prints the digest that this page names.',
      `fsverity digest --compact repo/images/${to.imageDigest}`,
    ],
    ...(to.uki === undefined
      ? []
      : [
          [
            'Check the unified kernel image against its commit. CERT is the certificate that the firmware trusts.',
            `rootseal uki verify ${to.id} --cert CERT`,
          ] as const,
        ]),
    [
      'List every path that differs, with each field.',
      `rootseal diff ${from.id} ${to.id} --explain`,
    ],
    [
      'Make this page again. The same version of rootseal, the same releases, keys and policy give the same bytes.',
      `rootseal report ${from.id}..${to.id} --keys KEYS --html report.html`,
    ],
  ];
  return section('verify', 'Verify it elsewhere', [
    paragraph(
      'Nothing on this page has to be believed. With the public keys alone, another machine comes to the same result:',
    ),
    element(
      'ol',
      { class: 'steps' },
      steps.map(([text, command]) =>
        element('li', {}, [paragraph(text), element('pre', {}, element('code', {}, command))]),
      ),
    ),
  ]);
}
