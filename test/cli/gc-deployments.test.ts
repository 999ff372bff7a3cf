/** What a host runs stays, whatever path its repository is named by. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Finding } from '../../src/repo/fsck/fsck-finding.js';
import { reasonForNoMounts } from '../helpers/mounts.js';
import { TestRepository } from '../helpers/repository.js';
import { TestSysroot } from '../helpers/sysroot.js';

const noMounts = reasonForNoMounts();

/** A host that runs release 1, which no branch reaches but as an ancestor. */
function hostWithOldRelease(t: TestContext): { sysroot: TestSysroot; commit: string; id: string } {
  const sysroot = TestSysroot.make(t);
  const commit = sysroot.release('1');
  sysroot.expect(['deploy', commit]);
  sysroot.release('2');
  const [deployment] = sysroot.status().deployments;
  assert.ok(deployment);
  return { sysroot, commit, id: deployment.id };
}

/** The same repository by other names. */
function otherNames({ scratch, repository }: TestSysroot): TestRepository[] {
  const link = join(scratch, 'link');
  fs.symlinkSync(repository.path, link);
  fs.mkdirSync(join(scratch, 'other'));
  fs.symlinkSync(link, join(scratch, 'other/composefs'));
  fs.symlinkSync(scratch, join(scratch, 'other/through'));
  return [link, join(scratch, 'other/composefs'), join(scratch, 'other/through/link')].map(
    (path) => new TestRepository(scratch, path),
  );
}

/** As an earlier version of the program left it. */
function withoutRefs({ repository }: TestSysroot): void {
  fs.rmSync(repository.file('refs/deployments'), { recursive: true });
}

function assertStartable(sysroot: TestSysroot, commit: string): void {
  assert.deepEqual(sysroot.status().problems, []);
  sysroot.repository.expect(['fsck']);
  assert.ok(fs.existsSync(sysroot.repository.file(`commits/${commit}`)));
  assert.ok(fs.existsSync(sysroot.repository.objectFile(sysroot.repository.imageOf(commit))));
}

test('gc by a link, and by a path that leads through links, removes nothing that a deployment needs', (t) => {
  const { sysroot, commit } = hostWithOldRelease(t);
  for (const repository of otherNames(sysroot)) {
    repository.expect(['gc', '--keep', '1']);
    assertStartable(sysroot, commit);
    sysroot.repository.expect(['gc', '--keep', '1', '--repo', repository.path]);
    assertStartable(sysroot, commit);
  }
});

test('gc of a repository of an earlier version finds the deployments beside it by any link, and writes them into it', (t) => {
  const { sysroot, commit, id } = hostWithOldRelease(t);
  for (const repository of otherNames(sysroot)) {
    withoutRefs(sysroot);
    repository.expect(['gc', '--keep', '1', '--dry-run']);
    assert.ok(!fs.existsSync(sysroot.repository.file('refs/deployments')));
    repository.expect(['gc', '--keep', '1']);
    assertStartable(sysroot, commit);
    const ref = sysroot.repository.file(`refs/deployments/${id}`);
    assert.equal(fs.readFileSync(ref, 'latin1'), `${commit}\n`);
  }
});

test(
  'gc of a repository that is mounted elsewhere removes nothing that a deployment needs, and refuses where it cannot know',
  {
    skip: noMounts,
  },
  (t) => {
    const { sysroot, commit } = hostWithOldRelease(t);
    const elsewhere = fs.mkdtempSync(join(tmpdir(), 'rootseal-test-'));
    const place = join(elsewhere, 'composefs');
    fs.mkdirSync(place);
    execFileSync('mount', ['--bind', sysroot.repository.path, place]);
    t.after(() => {
      execFileSync('umount', [place]);
      fs.rmSync(elsewhere, { recursive: true });
    });
    const mounted = new TestRepository(sysroot.scratch, place);
    mounted.expect(['gc', '--keep', '1']);
    assertStartable(sysroot, commit);

    withoutRefs(sysroot);
    const refused = mounted.call(['gc', '--keep', '1']);
    assert.equal(refused.status, 1, refused.stderr);
    assert.match(refused.stderr, /it cannot be known whether a host runs what is in it/);
    sysroot.repository.expect(['gc', '--keep', '1']);
    mounted.expect(['gc', '--keep', '1']);
    assertStartable(sysroot, commit);
  },
);

test('a deployment is named in the repository before the record knows it, and until the record does not', (t) => {
  const { sysroot, id } = hostWithOldRelease(t);
  const named = () => fs.readdirSync(sysroot.repository.file('refs/deployments')).sort();
  const recorded = () =>
    (
      JSON.parse(fs.readFileSync(sysroot.file('state/deployments.json'), 'utf8')) as {
        deployments: { id: string }[];
      }
    ).deployments
      .map((one) => one.id)
      .sort();
  assert.deepEqual(named(), [id]);
  const kill = (args: readonly string[], point: string) =>
    sysroot.call(args, { env: { ROOTSEAL_STOP_AT: `${point},kill` } });
  kill(['deploy', 'main'], 'deployment-named');
  assert.equal(named().length, 2);
  assert.deepEqual(recorded(), [id]);
  sysroot.expect(['deploy', 'main']);
  assert.deepEqual(recorded(), named());
  const [, second] = sysroot.status().deployments;
  kill(['undeploy', 'rollback'], 'state-removed');
  assert.equal(recorded().length, 1);
  assert.equal(named().length, 2, second?.id);
  sysroot.expect(['repair']);
  assert.deepEqual(named(), recorded());
});

test('the next change tells the repository of deployments of an earlier version, and status says that it does not know them', (t) => {
  const { sysroot, commit } = hostWithOldRelease(t);
  withoutRefs(sysroot);
  assert.match(sysroot.status().problems.join('\n'), /the repository does not say that/);
  sysroot.expect(['bless', 'default']);
  assertStartable(sysroot, commit);
});

test('what is deployed is not a branch, cannot be named as one, and is not pulled', (t) => {
  const { sysroot, id, commit } = hostWithOldRelease(t);
  const { repository } = sysroot;
  const { refs: branches } = repository.json(['branch', 'list']) as { refs: { name: string }[] };
  assert.deepEqual(
    branches.map(({ name }) => name),
    ['main'],
  );
  assert.deepEqual(repository.json(['tag', 'list']), { version: 1, refs: [] });
  assert.equal(repository.call(['rev-parse', id]).status, 10);
  assert.equal(repository.call(['rev-parse', `deployments/${id}`]).status, 10);
  const { reasons } = repository.json([
    'gc',
    '--explain',
    repository.imageOf(commit),
    '--keep',
    '1',
  ]) as {
    reasons: { ref: string }[];
  };
  assert.equal(reasons[0]?.ref, `deployment ${id}`);

  const other = new TestRepository(sysroot.scratch, join(sysroot.scratch, 'pulled'));
  other.expect(['init']);
  const policy = join(sysroot.scratch, 'policy');
  fs.writeFileSync(policy, '[verify]\nmode=none\n');
  other.expect(['remote', 'add', 'host', repository.path, '--policy', policy]);
  other.expect(['pull', 'host', 'main']);
  assert.deepEqual(fs.readdirSync(other.file('refs/deployments')), []);
  assert.equal(other.call(['pull', 'host', id]).status, 10);
});

test('fsck tells of a deployment whose commit is gone and of one whose ref is damaged, and the next change or gc writes it again', (t) => {
  const { sysroot, id, commit } = hostWithOldRelease(t);
  const { repository } = sysroot;
  const ref = repository.file(`refs/deployments/${id}`);
  const kinds = (status: number) =>
    (repository.json(['fsck'], status) as { findings: Finding[] }).findings.map(
      ({ kind, subject }) => `${kind} ${subject}`,
    );
  fs.writeFileSync(ref, 'nonsense\n');
  assert.deepEqual(kinds(3), [`ref-damaged refs/deployments/${id}`]);
  sysroot.expect(['repair']);
  assert.equal(fs.readFileSync(ref, 'latin1'), `${commit}\n`);
  assert.deepEqual(kinds(0), []);
  fs.writeFileSync(ref, 'nonsense\n');
  repository.expect(['gc']);
  assert.equal(fs.readFileSync(ref, 'latin1'), `${commit}\n`);
  fs.writeFileSync(ref, `${'0'.repeat(64)}\n`);
  assert.deepEqual(kinds(3), [`ref-dangling deployment ${id}`]);
});

/** What may lie below `refs/deployments` and is not the ref of a deployment, and whether a ref can be read there. */
const STRANGE: readonly {
  readonly what: string;
  readonly put: (directory: string, id: string, commit: string) => void;
  /** What fsck and gc say is damaged; undefined when gc puts it right or nothing is wrong with it as a ref. */
  readonly damaged?: string;
}[] = [
  {
    what: 'text that is not a commit id',
    put: (directory, id) => {
      fs.writeFileSync(join(directory, `${id.slice(0, -1)}x`), 'nonsense\n');
    },
    damaged: '/[0-9a-f]+x',
  },
  {
    what: 'an empty file',
    put: (directory) => {
      fs.writeFileSync(join(directory, 'empty'), '');
    },
    damaged: '/empty',
  },
  {
    what: 'a fifo',
    put: (directory) => {
      execFileSync('mkfifo', [join(directory, 'fifo')]);
    },
    damaged: '/fifo',
  },
  {
    what: 'a link that leads nowhere',
    put: (directory) => {
      fs.symlinkSync('nowhere', join(directory, 'link'));
    },
    damaged: '/link',
  },
  {
    what: 'a damaged file in a directory called as the deployment',
    put: (directory, id) => {
      fs.rmSync(join(directory, id));
      fs.mkdirSync(join(directory, id));
      fs.writeFileSync(join(directory, id, 'below'), 'nonsense\n');
    },
  },
  {
    what: 'an empty directory called as the deployment',
    put: (directory, id) => {
      fs.rmSync(join(directory, id));
      fs.mkdirSync(join(directory, id));
    },
  },
  {
    what: 'a commit under a name that no ref has',
    put: (directory, _, commit) => {
      fs.writeFileSync(join(directory, '.a name'), `${commit}\n`);
    },
  },
  {
    what: 'a missing commit under a name that no ref has',
    put: (directory) => {
      fs.writeFileSync(join(directory, '.a name'), `${'0'.repeat(64)}\n`);
    },
    damaged: '|deployment \\.a name',
  },
  {
    what: 'a file in the place of the directory',
    put: (directory) => {
      fs.rmSync(directory, { recursive: true });
      fs.writeFileSync(directory, 'nonsense\n');
    },
  },
];

test('repair puts refs/deployments right whatever lies in it, and gc never removes what is deployed', async (t) => {
  const { sysroot, id, commit } = hostWithOldRelease(t);
  const { repository } = sysroot;
  const directory = repository.file('refs/deployments');
  for (const { what, put, damaged } of STRANGE)
    await t.test(what, () => {
      put(directory, id, commit);
      const collected = repository.call(['gc', '--keep', '1', '--sysroot', sysroot.directory]);
      if (damaged === undefined) assert.equal(collected.status, 0, collected.stderr);
      else {
        assert.equal(collected.status, 17, collected.stderr);
        const place = new RegExp(`(refs/deployments${damaged}) (is damaged|names commit)`);
        assert.match(collected.stderr, place);
        assert.match(collected.stderr, /hint: .*`rootseal repair --sysroot [^`]+` on the host/);
        const { findings } = JSON.parse(repository.call(['fsck', '--json']).stdout) as {
          findings: Finding[];
        };
        assert.ok(findings.some(({ kind }) => /^ref-(damaged|dangling)$/.test(kind)));
      }
      sysroot.expect(['repair']);
      assert.deepEqual(fs.readdirSync(directory), [id]);
      assertStartable(sysroot, commit);
    });
  repository.expect(['gc', '--keep', '1']);
  assertStartable(sysroot, commit);
});

test('a damaged ref of a deployment in a repository of no host stops gc until the file is removed, as the hint says', (t) => {
  const sysroot = TestSysroot.make(t);
  sysroot.release('1');
  const repository = new TestRepository(sysroot.scratch, join(sysroot.scratch, 'copy'));
  fs.cpSync(sysroot.repository.path, repository.path, { recursive: true });
  const directory = repository.file('refs/deployments');
  fs.rmSync(directory, { recursive: true });
  fs.writeFileSync(directory, 'nonsense\n');
  const refused = repository.call(['gc']);
  assert.equal(refused.status, 17, refused.stderr);
  assert.match(
    refused.stderr,
    /refs\/deployments is damaged.*\n.*not that of a host, remove the file/,
  );
  assert.ok(fs.statSync(directory).isFile());
  fs.rmSync(directory);
  repository.expect(['gc']);
});
