/** A unified kernel image, for people and as a document. */
import type { UkiFacts } from '../../disk/uki/uki-facts.js';
import type { Paint } from './color.js';
import { formatTable } from './table.js';
import { formatBytes } from './units.js';

/** The document of `uki show`, and the part of `uki build` that is the same. */
export function documentOfUki(facts: UkiFacts): object {
  const { bytes, sha256, authenticode, architecture, stubVersion, commandLine } = facts;
  return {
    ...{ bytes, sha256, authenticode, architecture, stubVersion, commandLine },
    kernel: { release: facts.kernel },
    pcr11: facts.pcr11.map(({ phase, value }) => ({ phase, value })),
    hasPcrSignatures: facts.hasPcrSignatures,
    sections: facts.sections,
    signatures: facts.signatures,
    refused: facts.refused ?? null,
  };
}

export function describeUki(facts: UkiFacts, paint: Paint): string {
  const { signatures, pcr11, sections, refused } = facts;
  const rows = [
    ['size', formatBytes(facts.bytes)],
    ['stub', `systemd-stub ${facts.stubVersion} (${facts.architecture})`],
    ['kernel', facts.kernel],
    ['command line', facts.commandLine],
    ['signed by', signatures.length === 0 ? 'nobody' : signatures.join(', ')],
    ['Authenticode', facts.authenticode],
    ['SHA-256', facts.sha256],
    ...pcr11.map(({ phase, value }) => [phase === '' ? 'PCR 11' : `  ${lastOf(phase)}`, value]),
    ['TPM policy', facts.hasPcrSignatures ? 'signed for this image' : 'none'],
  ];
  const table = sections.map(({ name, bytes, sha256 }) => [name, formatBytes(bytes), sha256]);
  const lines = [
    formatTable(rows).trimEnd(),
    '',
    formatTable([['section', 'size', 'SHA-256'], ...table], ['left', 'right', 'left']).trimEnd(),
    ...(refused === undefined ? [] : ['', paint('bad', `refused: ${refused}`)]),
  ];
  return lines.join('\n');
}

function lastOf(phase: string): string {
  return phase.slice(phase.lastIndexOf(':') + 1);
}
