/** `rootseal remote add|list|remove`, `rootseal pull` */
import path from 'node:path';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import { BRANCH, originText, REMOTE } from '../remote-branch.js';
import {
  openRepository,
  openWritableRepository,
  hostRepositoryOptions,
  withSharedLock,
} from '../options.js';
import { formatTable } from '../render/table.js';
import { describeFetched, describeToFetch } from '../render/transfer.js';

const add = defineCommand({
  command: 'add <name> <url>',
  describe: 'name a repository that commits can be pulled from',
  builder: (yargs) =>
    hostRepositoryOptions(yargs)
      .positional('name', {
        type: 'string',
        takes: 'NAME',
        demandOption: true,
        describe: 'its name here',
      })
      .positional('url', {
        type: 'string',
        takes: 'URL',
        demandOption: true,
        describe: 'an absolute path, or file://, http:// or https://',
      })
      .option('keys', {
        type: 'string',
        takes: 'DIR',
        describe: 'directory of verifier keys for it (default: those of the host)',
      })
      .option('policy', {
        type: 'string',
        takes: 'FILE',
        describe: 'policy file for it (default: that of the host)',
      }),
  run: async (context, options) => {
    const repository = await openWritableRepository(context, options);
    const { addRemote } = await import('../../remote/remotes.js');
    const { name, url, keys, policy } = options;
    const made = {
      name,
      url,
      ...(keys === undefined ? {} : { keys: path.resolve(keys) }),
      ...(policy === undefined ? {} : { policy: path.resolve(policy) }),
    };
    addRemote(repository, made);
    await printResult(context, '', documentOf(made));
    return 'done';
  },
});

const list = defineCommand({
  command: 'list',
  describe: 'show the remotes',
  builder: (yargs) => hostRepositoryOptions(yargs),
  run: async (context, options) => {
    const repository = openRepository(context, options);
    const { listRemotes, readRemote } = await import('../../remote/remotes.js');
    const remotes = listRemotes(repository).map((name) => readRemote(repository, name));
    const rows = remotes.map(({ name, url, keys = '', policy = '' }) => [name, url, keys, policy]);
    await printResult(context, formatTable(rows), { remotes: remotes.map(documentOf) });
    return 'done';
  },
});

const remove = defineCommand({
  command: 'remove <name>',
  describe: 'forget a remote and its branches; gc then removes what they named',
  builder: (yargs) =>
    hostRepositoryOptions(yargs).positional('name', {
      type: 'string',
      takes: 'REMOTE',
      demandOption: true,
      describe: 'its name here',
    }),
  run: async (context, options) => {
    const repository = await openWritableRepository(context, options);
    const { removeRemote } = await import('../../remote/remotes.js');
    await removeRemote(repository, options.name);
    await printResult(context, '', { name: options.name });
    return 'done';
  },
});

function documentOf({ name, url, keys = null, policy = null }: Documented) {
  return { name, url, keysDirectory: keys, policyFile: policy };
}

interface Documented {
  readonly name: string;
  readonly url: string;
  readonly keys?: string | null;
  readonly policy?: string | null;
}

const branches = defineCommand({
  command: 'branches <name>',
  describe: 'list the branches of a remote that is a directory',
  builder: (yargs) =>
    hostRepositoryOptions(yargs).positional('name', {
      type: 'string',
      takes: 'REMOTE',
      demandOption: true,
      describe: 'its name here',
    }),
  run: async (context, options) => {
    const repository = openRepository(context, options);
    const { readRemote } = await import('../../remote/remotes.js');
    const { listBranches } = await import('../../remote/branches.js');
    const found = listBranches(readRemote(repository, options.name));
    await printResult(context, formatTable(found.map(({ name, commit }) => [name, commit])), {
      refs: found.map(({ kind, name, commit: commitId }) => ({ kind, name, commitId })),
    });
    return 'done';
  },
});

export const remote = defineGroup('remote', 'repositories that commits are pulled from', [
  add,
  list,
  branches,
  remove,
]);

export const pull = defineCommand({
  command: 'pull <remote> [branch]',
  describe: 'fetch a branch of a remote; prints the commit id',
  doing: 'asking the remote',
  builder: (yargs) =>
    hostRepositoryOptions(yargs)
      .positional('remote', REMOTE)
      .positional('branch', BRANCH)
      .option('dry-run', {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only show what would be fetched',
      }),
  run: async (context, options) => {
    const { parseOrigin } = await import('../../deploy/record/origin.js');
    const origin = parseOrigin(originText('pull', options));
    const repository = await openWritableRepository(context, options);
    const { readRemote } = await import('../../remote/remotes.js');
    const { planPull } = await import('../../remote/pull-plan.js');
    const { executePull } = await import('../../remote/pull.js');
    const { UKI_RULES } = await import('../../disk/uki/uki-rules.js');
    const { loadTrust } = await import('../../release/trust.js');
    const { removeLeftoversIfAlone } = await import('../../repo/leftovers.js');
    const from = readRemote(repository, origin.remote);
    const trust = loadTrust({ keys: from.keys, policy: from.policy });
    await removeLeftoversIfAlone(repository);
    return withSharedLock(repository, async () => {
      const plan = await planPull(repository, {
        remote: from,
        branch: origin.branch,
        trust,
        ukiRules: UKI_RULES,
        attestations: true,
        say: context.remark,
        signal: context.signal,
      });
      const { id, commit, isComplete } = plan;
      const { name, version: release, sequence } = commit;
      try {
        const { objects, bytes } = options.dryRun
          ? { objects: plan.missing.length, bytes: plan.bytes }
          : isComplete
            ? { objects: 0, bytes: 0 }
            : await executePull(repository, plan, context.progress);
        const facts = { commitId: id, name, release, sequence, objectCount: objects, bytes };
        const document = { changed: !options.dryRun && !isComplete, ...facts };
        if (!options.dryRun) context.remark(describeFetched(objects, bytes));
        const text = options.dryRun ? `${id}: ${describeToFetch(objects, bytes)}` : id;
        await printResult(context, text, document);
        return isComplete ? 'unchanged' : 'done';
      } finally {
        plan.downloads.close(false);
      }
    });
  },
});
