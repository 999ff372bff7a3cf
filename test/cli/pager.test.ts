/** The pager of `rootseal help`, on a real terminal: what it shows, and what is left of it when it ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROGRAM } from '../helpers/cli.js';
import { skipUnless } from '../helpers/programs.js';
import { Terminal } from '../helpers/terminal.js';

const skip = skipUnless('tmux', 'less');

type Variables = Readonly<Record<string, string | undefined>>;

const TITLE = /^rootseal-commit\(1\)/im;
/** The terminal shows what was pressed before it. */
const END = /^(?:\^C)?ended (\d+)$/m;

/** `rootseal help commit` in a shell that survives Ctrl-C, as that of a person does, and says how it ended. */
function showHelp(t: Parameters<typeof Terminal.start>[0], env: Variables): Terminal {
  const script =
    'echo begin; trap : INT; "$@"; echo "ended $?"; stty -a | tr " " "\\n" | grep -x -e "-\\{0,1\\}echo;*"';
  return Terminal.start(t, {
    command: ['sh', '-c', script, 'sh', process.execPath, PROGRAM, 'help', 'commit'],
    rows: 24,
    env: { MANPAGER: undefined, PAGER: undefined, LESS: undefined, ...env },
  });
}

/** Waits for its end: status 0, and a terminal that shows what is typed. */
async function ended(terminal: Terminal): Promise<string> {
  await terminal.until('the shell to end', () => terminal.hasEnded());
  // All lines, because what tmux says of the end moves the rest up, now or a moment later.
  const screen = terminal.lines().join('\n');
  assert.equal(END.exec(screen)?.[1], '0', screen);
  assert.match(screen, /^echo;?$/m, screen);
  return screen;
}

test(
  'less shows the beginning of a page, goes on when asked, and ends at q',
  { skip },
  async (t) => {
    const terminal = showHelp(t, {});
    const first = await terminal.until('less to wait', (screen) => /^:$/m.test(screen));
    assert.match(first, TITLE);
    assert.equal(first.split('\n').length, 24);
    terminal.press('Space');
    await terminal.until('the second page', (screen) => !TITLE.test(screen) && /^:$/m.test(screen));
    assert.doesNotMatch(terminal.screen(), END);
    terminal.press('q');
    await ended(terminal);
  },
);

test(
  'Ctrl-C is the pager’s: less goes on, and the program ends with it and not before',
  { skip },
  async (t) => {
    const terminal = showHelp(t, {});
    await terminal.until('less to wait', (screen) => /^:$/m.test(screen));
    terminal.press('C-c');
    // While it deals with Ctrl-C, less throws away what is typed.
    await terminal.until('less to go on', (screen) => {
      if (TITLE.test(screen)) terminal.press('Space');
      return !TITLE.test(screen) && /^(?::|\(END\))$/m.test(screen);
    });
    terminal.press('q');
    await ended(terminal);
  },
);

test('a pager that Ctrl-C ends takes the program with it', { skip }, async (t) => {
  const terminal = showHelp(t, { PAGER: 'echo it waits; sleep 1000000' });
  await terminal.until('the pager to wait', (screen) => screen.includes('it waits'));
  terminal.press('C-c');
  const screen = await ended(terminal);
  assert.doesNotMatch(screen, TITLE);
});

for (const [what, env, shown] of [
  ['a pager with arguments that reads only the beginning', { PAGER: 'head -n 3' }, 3],
  ['a pager that is a pipeline', { PAGER: 'cat | head -n 2' }, 2],
  ['MANPAGER before PAGER', { MANPAGER: 'head -n 1', PAGER: 'head -n 9' }, 1],
] as const)
  test(`${what} is run as a shell runs it`, { skip }, async (t) => {
    const screen = await ended(showHelp(t, env));
    assert.match(screen, TITLE);
    assert.equal(
      screen.split('\n').findIndex((line) => END.test(line)),
      1 + shown,
    );
  });

for (const [what, env] of [
  ['an empty PAGER', { PAGER: '' }],
  ['a PAGER of blanks', { PAGER: '  ' }],
  ['a PAGER that is not there', { PAGER: 'no-such-pager' }],
  ['a PAGER that cannot be run', { PAGER: '/dev/null' }],
] as const)
  test(`with ${what} the page is printed`, { skip }, async (t) => {
    const screen = await ended(showHelp(t, env));
    // Its end stands above.
    assert.match(screen, /SEE ALSO|rootseal-\w+\(\d\)/, screen);
    assert.ok(screen.split('\n').findIndex((line) => END.test(line)) > 10, screen);
  });
