/** A commit in documents for programs (docs/schema/show.json, and the commits of log.json). */
import type { Commit, CommitId } from '../../formats/commit/commit.js';

/** Facts that are not known are null, as everywhere in documents; the commit's own bytes leave them out. */
export function documentOfCommit(commitId: CommitId, commit: Commit) {
  const { name, version: release, sequence, time, image, imageSize, files, bytes } = commit;
  const { os, kernel, source, parent = null, message = null, labels = {} } = commit;
  return {
    commitId,
    name,
    release,
    sequence,
    time,
    image,
    imageBytes: imageSize,
    fileCount: files,
    bytes,
    parentId: parent,
    os:
      os === undefined
        ? null
        : { id: os.id, versionId: os.versionId ?? null, prettyName: os.prettyName ?? null },
    kernel: kernel === undefined ? null : { release: kernel.release },
    git: documentOfGit(source),
    oci: documentOfOci(source),
    labels,
    message,
  };
}

function documentOfGit(source: Commit['source']) {
  const git = source?.git;
  if (git === undefined) return null;
  const { url = null, commit, dirty, path = null } = git;
  return { url, gitCommit: commit, dirty, path };
}

function documentOfOci(source: Commit['source']) {
  const oci = source?.oci;
  return oci === undefined ? null : { reference: oci.reference, digest: oci.digest };
}
