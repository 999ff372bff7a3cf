/** What the units call, and people when they must: `finalize-staged`, `bless`, `boot-complete`, `repair`. */
import { defineCommand } from '../command.js';
import { printResult } from '../context.js';
import {
  changeDeployments,
  documentOfRecord,
  printChange,
  resolveDeployment,
  sysrootOptions,
} from '../sysroot-options.js';

export const finalizeStagedCommand = defineCommand({
  command: 'finalize-staged',
  describe: 'make what is staged the default, with /etc as it is now',
  doing: 'finalizing the deployment',
  builder: (yargs) => sysrootOptions(yargs),
  run: async (context, options) => {
    const { finalizeStaged } = await import('../../deploy/verbs/finalize.js');
    return changeDeployments(context, { ...options, wait: true }, async (session) => {
      const change = await finalizeStaged(session);
      if (change === undefined) {
        const document = { changed: false, ...documentOfRecord(session.record) };
        await printResult(context, '', document);
        return 'unchanged';
      }
      await printChange(context, session.sysroot, change);
      return 'done';
    });
  },
});

export const blessCommand = defineCommand({
  command: 'bless [id]',
  describe: 'mark a deployment good: the running one, or the one that is named',
  doing: 'recording the boot',
  builder: (yargs) =>
    sysrootOptions(yargs).positional('id', {
      type: 'string',
      takes: 'DEPLOYMENT',
      describe: 'id, the beginning of one, serial, or a role (default: what is running)',
    }),
  run: async (context, options) => {
    const { bless } = await import('../../deploy/verbs/boot-outcome.js');
    return changeDeployments(context, { ...options, wait: true }, async (session) => {
      const id =
        options.id === undefined ? undefined : resolveDeployment(session.record, options.id);
      await printChange(context, session.sysroot, await bless(session, id));
      return 'done';
    });
  },
});

export const bootComplete = defineCommand({
  command: 'boot-complete',
  describe:
    'record that the boot is complete, and bless what runs; exit status 1 when the last shutdown failed',
  doing: 'recording the boot',
  builder: (yargs) => sysrootOptions(yargs),
  run: async (context, options) => {
    const { completeBoot } = await import('../../deploy/verbs/boot-outcome.js');
    return changeDeployments(context, { ...options, wait: true }, async (session) => {
      await printChange(context, session.sysroot, await completeBoot(session));
      return 'done';
    });
  },
});

export const repairCommand = defineCommand({
  command: 'repair',
  describe: 'restore boot entries, kernels and state from the record; rebuild a lost record',
  doing: 'repairing',
  builder: (yargs) =>
    sysrootOptions(yargs).option('acknowledge', {
      type: 'boolean',
      default: false,
      describe: 'stop reporting what was lost and made again',
    }),
  run: async (context, options) => {
    const { Sysroot } = await import('../../deploy/host/sysroot.js');
    const { repair } = await import('../../deploy/verbs/repair.js');
    const { describeActions } = await import('../render/actions.js');
    const { sendToJournal } = await import('../../deploy/journal/journal-entry.js');
    const sysroot = Sysroot.openWritable(options);
    const { progress, now, signal } = context;
    const { acknowledge } = options;
    const report = await repair(sysroot, { progress, now, signal, acknowledge });
    const { change, rebuilt, leftOut, lost, losses, problems } = report;
    for (const line of change.remarks) context.remark(line);
    const done = [...report.restored, ...describeActions(change.actions)];
    if (rebuilt !== undefined) done.unshift(`the record was rebuilt (${rebuilt})`);
    for (const { id, why } of [...leftOut].reverse())
      done.unshift(`deployment ${id} was left out of the record: ${why}`);
    for (const id of lost) done.push(`the state of ${id} was moved to state/lost`);
    if (sysroot.isHost && done.length > 0)
      sendToJournal({ id: 'RECORD_REPAIRED', message: done.join('; ') });
    const nothing = problems.length === 0 ? 'nothing to repair' : 'nothing could be repaired';
    await printResult(context, done.length === 0 ? nothing : done.join('\n'), {
      changed: done.length > 0,
      repairs: done,
      rebuilt: rebuilt !== undefined,
      leftOut,
      lost,
      losses,
      problems,
    });
    for (const line of losses) context.remark(`warning: ${line}`);
    for (const line of problems) context.remark(`problem: ${line}`);
    return problems.length > 0 ? 'findings' : 'done';
  },
});
