/** The document of `report` (docs/schema/report.json). */
import type { AskedArguments } from '../../disk/report/argument-changes.js';
import type { ChangeArea } from '../../disk/report/change-areas.js';
import type { FileChange } from '../../disk/report/file-changes.js';
import type { PackageChanges } from '../../disk/report/package-changes.js';
import type { PrivilegeChange } from '../../disk/report/privileged-files.js';
import type { ReleaseFacts } from '../../disk/report/release-facts.js';
import type { ReportFacts } from '../../disk/report/report-facts.js';
import type { KernelArgument } from '../../formats/deployment/deployment.js';
import { toDisplay } from '../../util/bytes.js';
import { documentOfCommit } from './commit-facts.js';
import { documentOfPackages } from './package-facts.js';

export function documentOfReport(facts: ReportFacts) {
  const { files, privileges, arguments: asked, trust } = facts;
  return {
    before: documentOfRelease(facts.from),
    after: documentOfRelease(facts.to),
    descent: facts.descent,
    packages: documentOfPackageChanges(facts.packages),
    fileChanges: {
      newBytes: files.newBytes,
      otherCount: files.otherCount,
      areas: facts.areas.map(documentOfArea),
      entries: files.entries.map(documentOfFile),
    },
    privileges: { count: privileges.count, entries: privileges.entries.map(documentOfPrivilege) },
    argumentChanges: {
      before: documentOfAsked(asked.from),
      after: documentOfAsked(asked.to),
      addedArguments: asked.added.map(documentOfArgument),
      removedArguments: asked.removed.map(documentOfArgument),
      isReordered: asked.isReordered,
    },
    trust,
  };
}

function documentOfRelease({ id, commit, seal, uki }: ReleaseFacts) {
  return {
    ...documentOfCommit(id, commit),
    sealReport:
      seal === undefined
        ? null
        : {
            decision: seal.decision,
            signatures: seal.signatures.map((one) => ({ ...one, valid: one.valid ?? null })),
          },
    unifiedKernelImage:
      uki === undefined
        ? null
        : {
            bytes: uki.bytes,
            authenticode: uki.authenticode ?? null,
            signatures: uki.signatures,
            problem: uki.problem ?? null,
          },
  };
}

function documentOfPackageChanges({ difference, problem }: PackageChanges) {
  if (difference === undefined) return { difference: null, problem };
  return { difference: documentOfPackages(difference), problem: null };
}

function documentOfArea({ path, ...others }: ChangeArea) {
  return { path: toDisplay(path), ...others };
}

function documentOfFile({ kind, path, from, to, bytes, fields }: FileChange) {
  return {
    kind,
    path: toDisplay(path),
    fromBytes: from ?? null,
    toBytes: to ?? null,
    bytes,
    fields,
  };
}

function documentOfPrivilege({ kind, path, from, to }: PrivilegeChange) {
  return { kind, path: toDisplay(path), before: from ?? null, after: to ?? null };
}

function documentOfAsked({ list, problem }: AskedArguments) {
  return { arguments: list?.map(documentOfArgument) ?? null, problem: problem ?? null };
}

function documentOfArgument({ value, from }: KernelArgument) {
  return { value, from };
}
