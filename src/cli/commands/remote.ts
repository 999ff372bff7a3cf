/** `rootseal remote add|list|remove`, `rootseal pull` */
import path from 'node:path';
import { defineCommand, defineGroup } from '../command.js';
import { printResult } from '../context.js';
import {
  openRepository,
  openWritableRepository,
  repositoryOption,
  withSharedLock,
} from '../options.js';
import { formatTable } from '../render/table.js';
import { formatBytes } from '../render/units.js';

const add = defineCommand({
  command: 'add <name> <url>',
  describe: 'name a repository that commits can be pulled from',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('name', { type: 'string', demandOption: true, describe: 'its name here' })
      .positional('url', {
        type: 'string',
        demandOption: true,
        describe: 'an absolute path, or file://, http:// or https://',
      })
      .option('keys', {
        type: 'string',
        describe: 'directory of verifier keys for it (default: those of the host)',
      })
      .option('policy', {
        type: 'string',
        describe: 'policy file for it (default: that of the host)',
      }),
  run: async (context, options) => {
    const repository = await openWritableRepository(context, options);
    const { addRemote } = await import('../../remote/config.js');
    const { name, url, keys, policy } = options;
    addRemote(repository, {
      name,
      url,
      ...(keys === undefined ? {} : { keys: path.resolve(keys) }),
      ...(policy === undefined ? {} : { policy: path.resolve(policy) }),
    });
    return 'done';
  },
});

const list = defineCommand({
  command: 'list',
  describe: 'show the remotes',
  builder: (yargs) => repositoryOption(yargs),
  run: async (context, options) => {
    const repository = openRepository(context, options);
    const { listRemotes, readRemote } = await import('../../remote/config.js');
    const remotes = listRemotes(repository).map((name) => readRemote(repository, name));
    const rows = remotes.map(({ name, url, keys = '', policy = '' }) => [name, url, keys, policy]);
    await printResult(context, formatTable(rows), remotes);
    return 'done';
  },
});

const remove = defineCommand({
  command: 'remove <name>',
  describe: 'forget a remote and its branches; what they name stays until gc',
  builder: (yargs) =>
    repositoryOption(yargs).positional('name', {
      type: 'string',
      demandOption: true,
      describe: 'its name here',
    }),
  run: async (context, options) => {
    const repository = await openWritableRepository(context, options);
    const { removeRemote } = await import('../../remote/config.js');
    await removeRemote(repository, options.name);
    return 'done';
  },
});

export const remote = defineGroup('remote', 'repositories that commits are pulled from', [
  add,
  list,
  remove,
]);

export const pull = defineCommand({
  command: 'pull <remote> <branch>',
  describe: 'fetch a branch of a remote; prints the commit id',
  builder: (yargs) =>
    repositoryOption(yargs)
      .positional('remote', { type: 'string', demandOption: true, describe: 'its name here' })
      .positional('branch', { type: 'string', demandOption: true, describe: 'the branch there' })
      .option('dry-run', {
        alias: 'n',
        type: 'boolean',
        default: false,
        describe: 'only say what is to be fetched',
      }),
  run: async (context, options) => {
    const repository = await openWritableRepository(context, options);
    const { readRemote } = await import('../../remote/config.js');
    const { planPull } = await import('../../remote/plan.js');
    const { executePull } = await import('../../remote/pull.js');
    const { loadTrust } = await import('../../release/trust.js');
    const { removeLeftoversIfAlone } = await import('../../repo/leftovers.js');
    const from = readRemote(repository, options.remote);
    const trust = loadTrust({ keys: from.keys, policy: from.policy });
    await removeLeftoversIfAlone(repository);
    return withSharedLock(repository, async () => {
      const plan = await planPull(repository, {
        remote: from,
        branch: options.branch,
        trust,
        say: context.remark,
        signal: context.signal,
      });
      const { id, commit, missing, bytes, isComplete } = plan;
      const facts = { commit: id, name: commit.name, release: commit.version };
      try {
        if (options.dryRun) {
          const text = `${id}: ${missing.length} objects, ${formatBytes(bytes)} to fetch`;
          await printResult(context, text, { ...facts, objects: missing.length, bytes });
          return isComplete ? 'unchanged' : 'done';
        }
        const report = isComplete
          ? { objects: 0, bytes: 0 }
          : await executePull(repository, plan, context.progress);
        context.remark(`fetched ${report.objects} objects, ${formatBytes(report.bytes)}`);
        const { objects, bytes: fetched } = report;
        await printResult(context, id, { ...facts, objects, bytes: fetched });
        return isComplete ? 'unchanged' : 'done';
      } finally {
        plan.downloads.close(false);
      }
    });
  },
});
