/** Who sealed the two releases, as the machine that made the page can tell. */
import type { ReleaseFacts } from '../../../disk/report/release-facts.js';
import type { ReportFacts } from '../../../disk/report/report-facts.js';
import { element, type Content, type Html } from '../../../formats/html/element.js';
import type { SignatureReport } from '../../../formats/seal/verify.js';
import { capList } from './capped-list.js';
import { countOf, labelsOf } from './shown-names.js';
import { sealVerdict, type SealVerdict } from './seal-verdict.js';
import { code, paragraph, section, table, verdict } from './parts.js';

const LISTED_MAX = 50;

export function sealsSection(facts: ReportFacts): Html {
  const { threshold, knownKeyCount } = facts.trust;
  const labels = labelsOf(facts);
  return section('seals', 'Seals', [
    paragraph(
      `Checked on the machine that made this page. It knows ${countOf(knownKeyCount, 'verifier key')} and wants ${countOf(threshold, 'good signature')}. Whether you trust a key is for your machine to say, not for this page.`,
    ),
    ...sealOf(labels.to, facts.to, facts.trust),
    ...sealOf(labels.from, facts.from, facts.trust),
  ]);
}

function sealOf(label: string, { seal }: ReleaseFacts, trust: ReportFacts['trust']): Html[] {
  const heading = element('h3', {}, label);
  if (seal === undefined) return [heading, paragraph(verdict('bad', 'Not sealed.'))];
  const { signatures } = seal;
  const { shown, left } = capList(signatures, LISTED_MAX, ({ name }) => name.length);
  return [
    heading,
    paragraph(judgeSeal(sealVerdict(seal, trust))),
    ...(shown.length === 0
      ? []
      : [
          table({
            caption: `Signatures of ${label}`,
            columns: [{ heading: 'Key' }, { heading: 'Key id' }, { heading: 'Signature' }],
            rows: shown.map(rowOf),
          }),
        ]),
    ...(left.length === 0
      ? []
      : [paragraph(`And ${countOf(left.length, 'more signature')}.`, 'more')]),
  ];
}

function judgeSeal({ kind, reason }: SealVerdict): Html {
  switch (kind) {
    case 'accepted':
      return verdict('good', `Accepted: ${reason}.`);
    case 'refused':
      return verdict('bad', `Refused: ${reason}.`);
    case 'unknown':
      return verdict('open', `Not checked: ${reason}.`);
  }
}

function rowOf(signature: SignatureReport): readonly Content[] {
  return [code(signature.name), code(signature.keyId), judge(signature)];
}

function judge({ known, valid, revoked, counted }: SignatureReport): Html {
  if (!known) return verdict('open', 'unknown key: not checked');
  if (revoked) return verdict('bad', 'revoked key: does not count');
  if (valid !== true) return verdict('bad', 'wrong');
  return verdict('good', counted ? 'good' : 'good, by a signer who counts already');
}
