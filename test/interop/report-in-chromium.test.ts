/**
 * The page of a report in Debian's Chromium: it loads nothing and says nothing on the console, fits 360 pixels, can be gone through by
 * the keyboard, and has no fault that axe-core knows, in the light and the dark scheme, with plain and with hostile names.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { renderReport } from '../../src/cli/render/report/report-page.js';
import { ascii } from '../../src/util/bytes.js';
import { skipUnless } from '../helpers/programs.js';
import { PLAIN, sampleFacts, type Names } from '../helpers/report-facts.js';
import { scratchDirectory } from '../helpers/scratch.js';

const skip = skipUnless('chromium');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const HOSTILE: Names = {
  file: ascii(`${'w'.repeat(200)}"><img src=x onerror=alert(1)>\xff\x1b`),
  text: `</code><script>alert(1)</script>\u202e${'x'.repeat(300)} שלום https://example.org/x.js`,
};

const ends: (() => unknown)[] = [];
let context: BrowserContext;
let directory: string;

before(async () => {
  if (skip !== false) return;
  directory = scratchDirectory({ after: (end) => ends.push(end) });
  // A profile of its own. The console's and network's events are listened to in each page.
  context = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    timeout: 0,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  context.setDefaultTimeout(0);
});

after(async () => {
  if (skip === false) await context.close();
  for (const end of ends.reverse()) await end();
});

/** What axe-core says. */
interface Judgement {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { html: string }[];
  }[];
  readonly passes: readonly { readonly id: string }[];
}

interface Look {
  readonly names: Names;
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** Opens the page; what it says and asks for is gathered. */
async function open({ names, width, scheme }: Look): Promise<{ page: Page; said: string[] }> {
  const file = join(directory, 'report.html');
  fs.writeFileSync(file, renderReport(sampleFacts(names), '1.2.3'));
  const url = pathToFileURL(file).href;
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => said.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== url) said.push(`request: ${request.url()}`);
  });
  await page.setViewportSize({ width, height: 780 });
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(url);
  return { page, said };
}

const LOOKS: readonly (readonly [string, Look])[] = [
  ['wide and light', { names: PLAIN, width: 1280, scheme: 'light' }],
  ['wide and dark', { names: PLAIN, width: 1280, scheme: 'dark' }],
  ['narrow, dark, with hostile names', { names: HOSTILE, width: 360, scheme: 'dark' }],
  ['narrow, light, with hostile names', { names: HOSTILE, width: 360, scheme: 'light' }],
];

for (const [title, look] of LOOKS)
  test(
    `the page is quiet, fits, and has no fault that axe-core knows: ${title}`,
    { skip },
    async () => {
      const { page, said } = await open(look);
      await page.evaluate(
        "document.querySelectorAll('details').forEach((one) => (one.open = true))",
      );
      const [content, window] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      assert.equal(content, window, 'nothing is wider than the window');
      // Evaluated by the debugger, which the page's policy does not bind.
      await page.evaluate(fs.readFileSync(AXE, 'utf8'));
      const { violations, passes } = await page.evaluate<Judgement>('axe.run()');
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        [],
      );
      assert.ok(
        passes.some(({ id }) => id === 'color-contrast'),
        'contrast was looked at',
      );
      assert.deepEqual(said, []);
      await page.close();
    },
  );

interface Focused {
  readonly text: string;
  readonly outline: string;
  readonly left: number;
}

/** Of the element that has the focus; it runs in the page. */
const FOCUSED = `(() => {
  const one = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const { left } = one.getBoundingClientRect();
  return { text: one.textContent, outline: outlineStyle + ' ' + outlineWidth, left };
})()`;

test(
  'what can be followed or opened is reached by the Tab key, in the order of the page',
  { skip },
  async () => {
    const { page } = await open({ names: PLAIN, width: 1280, scheme: 'light' });
    const wanted = await page.evaluate<string[]>(
      "[...document.querySelectorAll('a[href], summary')].map((one) => one.textContent)",
    );
    assert.ok(wanted.length > 8, 'skip link, contents, and what is folded');
    for (const expected of wanted) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<Focused>(FOCUSED);
      assert.equal(focused.outline, 'solid 3px', 'the focus is seen');
      assert.ok(focused.left >= 0, 'what has the focus is on the screen');
      assert.equal(focused.text, expected);
    }
    const summary = page.locator('summary').first();
    await summary.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('details').first().getAttribute('open'), '');
    await page.close();
  },
);

test('in print, what is folded is there, and the links are not', { skip }, async () => {
  const { page } = await open({ names: PLAIN, width: 1000, scheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  const folded = page.locator('details table').first();
  assert.ok(((await folded.boundingBox())?.height ?? 0) > 0, 'a folded table has a height');
  assert.equal(await page.locator('nav').isVisible(), false);
  const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  assert.equal(colour, 'rgb(255, 255, 255)');
  await page.close();
});
