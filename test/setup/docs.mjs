/** `npm run docs` updates the generated parts of the documentation, `npm run docs:check` compares them. */
import { checkApiReport } from './api-report.mjs';
import { checkCommands } from './commands.mjs';
import { checkLinks } from './links.mjs';
import { checkOptions } from './options.mjs';
import { checkPaths } from './paths.mjs';
import { checkPromises } from './promises.mjs';

process.chdir(new URL('../..', import.meta.url).pathname);
const write = process.argv.includes('--write');
const problems = [
  ...(await checkCommands('docs/man', { write })),
  ...(await checkOptions('docs/man', { write })),
  ...checkApiReport('docs/api-report.md', { write }),
  ...checkLinks('.'),
  ...checkPaths('.'),
  ...checkPromises('docs/threat-model.md', 'test'),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
