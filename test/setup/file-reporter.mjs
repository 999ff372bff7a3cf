/** The reporter of a single test file, for people: node's own, without its totals, which say nothing about one of many files. */
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

export default async function* fileReporter(events) {
  yield* Readable.from(withoutTotals(events)).compose(new spec());
}

async function* withoutTotals(events) {
  for await (const event of events) {
    const isTotal =
      event.type === 'test:diagnostic' &&
      /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(
        event.data.message,
      );
    if (!isTotal) yield event;
  }
}
