/**
 * The surface of the library, as API Extractor reports it from the declarations of src/api: docs/api-report.md, which changes on
 * purpose only (docs/api.md, "Versions").
 */
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HEAD = `# The library's surface

All that \`import … from 'rootseal'\` gives, made from the declarations by API Extractor.
\`npm run docs\` writes this file; \`npm test\` fails when it is another one. What a change here means
for the version number is said in [api.md](api.md), "Versions".

`;
const CODE = '```';

/**
 * @param {string} file of the report
 * @param {{ write?: boolean }} options with `write` a report that differs is written again
 * @returns {string[]} one line for each problem
 */
export function checkApiReport(file, { write = false } = {}) {
  const { report, problems } = makeReport();
  if (problems.length > 0) return problems;
  return compareReport(file, report, { write });
}

/** As `checkApiReport`, of a report that is there. */
export function compareReport(file, report, { write = false } = {}) {
  if (readOrEmpty(file) === report) return [];
  if (write) writeFileSync(file, report);
  return write
    ? []
    : [
        `${file}: the library has another surface. If that is meant: \`npm run docs\`, and a fragment for the changelog`,
      ];
}

/** What an entry point gives that it does not name would be a name that callers cannot write, and that changes unseen. */
const LEAK = 'ae-forgotten-export';

/** @returns {{ report: string, problems: string[] }} */
export function makeReport(root = process.cwd()) {
  const scratch = mkdtempSync(join(tmpdir(), 'rootseal-api-'));
  const problems = [];
  try {
    const config = ExtractorConfig.prepare({
      configObject: configuration(root, scratch),
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, 'package.json'),
    });
    const messageCallback = (message) => {
      message.handled = true;
      const isProblem = message.logLevel === 'error' || message.messageId === LEAK;
      if (isProblem) problems.push(`src/api: ${message.text}`);
    };
    Extractor.invoke(config, { localBuild: true, messageCallback });
    const report = problems.length > 0 ? '' : readFileSync(join(scratch, 'report.api.md'), 'utf8');
    return { report: HEAD + surfaceOf(report), problems };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function configuration(root, scratch) {
  return {
    projectFolder: root,
    mainEntryPointFilePath: join(root, 'dist/src/api/index.d.ts'),
    compiler: { tsconfigFilePath: join(root, 'src/tsconfig.json') },
    apiReport: {
      enabled: true,
      reportFileName: 'report.api.md',
      reportFolder: scratch,
      reportTempFolder: join(scratch, 'temporary'),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    newlineKind: 'lf',
    messages: {
      compilerMessageReporting: { default: { logLevel: 'error' } },
      extractorMessageReporting: {
        default: { logLevel: 'none' },
        [LEAK]: { logLevel: 'warning' },
      },
      tsdocMessageReporting: { default: { logLevel: 'none' } },
    },
  };
}

/** The code alone; what is self-evident and so has no comment is not worth a mark on each. */
function surfaceOf(report) {
  const code = report.slice(report.indexOf(CODE), report.lastIndexOf(CODE) + CODE.length);
  const lines = code.split('\n').filter((line) => line.trim() !== '// (undocumented)');
  return `${lines.map((line) => line.replace(' (undocumented)', '')).join('\n')}\n`;
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
