/** `rootseal branch` and `rootseal tag`: names of commits. */
import type { RefKind } from '../../repo/layout.js';
import { defineCommand, defineGroup, type AnyCommand } from '../command.js';
import { printResult } from '../context.js';
import { openRepository, repositoryOption, withSharedLock } from '../options.js';
import { formatTable } from '../render/table.js';

export const branch = refGroup('branch', 'branches: names that move with each commit');
export const tag = refGroup('tag', 'tags: names that do not move');

function refGroup(kind: RefKind, describe: string): AnyCommand {
  return defineGroup(kind, describe, [listCommand(kind), setCommand(kind), deleteCommand(kind)]);
}

function listCommand(kind: RefKind): AnyCommand {
  return defineCommand({
    command: 'list',
    describe: 'list them with their commits',
    builder: (yargs) =>
      repositoryOption(yargs).option('all', {
        type: 'boolean',
        default: false,
        describe: 'also the other kinds: branches, branches of remotes as REMOTE/BRANCH, and tags',
      }),
    run: async (context, options) => {
      const { listRefs } = await import('../../repo/refs.js');
      const { refs, damaged } = listRefs(openRepository(context, options));
      const found = refs
        .filter((ref) => ref.kind === kind || (options.all && ref.kind !== 'deployment'))
        .map(({ kind: found, name, commit: commitId }) => ({ kind: found, name, commitId }));
      for (const { file, message } of damaged) context.remark(`damaged: ${file}: ${message}`);
      await printResult(context, formatTable(found.map(({ name, commitId }) => [name, commitId])), {
        refs: found,
      });
      return damaged.length > 0 ? 'findings' : 'done';
    },
  });
}

function setCommand(kind: RefKind): AnyCommand {
  return defineCommand({
    command: 'set <name> <rev>',
    describe:
      kind === 'tag' ? 'make a tag; one that exists is not moved' : 'make a branch or move it',
    builder: (yargs) =>
      repositoryOption(yargs)
        .positional('name', {
          type: 'string',
          takes: kind === 'tag' ? 'NAME' : 'BRANCH',
          demandOption: true,
          describe: 'the name',
        })
        .positional('rev', {
          type: 'string',
          takes: 'REV',
          demandOption: true,
          describe: 'the commit',
        }),
    run: async (context, options) => {
      const { readRef, updateRef } = await import('../../repo/refs.js');
      const { resolveRevision } = await import('../../repo/revision.js');
      const { readCommit } = await import('../../repo/commits.js');
      const repository = openRepository(context, options);
      // The commit must not be collected between being looked at and being named.
      const to = await withSharedLock(repository, async () => {
        const commit = resolveRevision(repository, options.rev);
        readCommit(repository, commit);
        const from = kind === 'tag' ? 'none' : (readRef(repository, kind, options.name) ?? 'none');
        await updateRef(repository, { kind, name: options.name, to: commit, from });
        return commit;
      });
      await printResult(context, to, { kind, name: options.name, commitId: to });
      return 'done';
    },
  });
}

function deleteCommand(kind: RefKind): AnyCommand {
  return defineCommand({
    command: 'delete <name>',
    describe: 'delete the name; `gc` then removes what nothing else reaches',
    builder: (yargs) =>
      repositoryOption(yargs).positional('name', {
        type: 'string',
        takes: kind === 'tag' ? 'TAG' : 'BRANCH',
        demandOption: true,
        describe: 'the name',
      }),
    run: async (context, options) => {
      const { deleteRef } = await import('../../repo/refs.js');
      const commit = await deleteRef(openRepository(context, options), kind, options.name);
      context.remark(`${kind} ${options.name} was at ${commit}`);
      await printResult(context, '', { kind, name: options.name, commitId: commit });
      return 'done';
    },
  });
}
