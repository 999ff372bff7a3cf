/** Tells the journal what happened, by the ids of docs/formats/messages.md. */
import { JOURNAL_MESSAGES, type JournalMessageName } from '../../formats/journal-messages.js';
import { sendJournalEntry } from '../../linux/journal.js';
import { oneLine, printable } from '../../util/printable.js';

export interface JournalMessage {
  readonly id: JournalMessageName;
  /** For people, one line. */
  readonly message: string;
  /** As in syslog(3); that of the kind when absent. */
  readonly priority?: number;
  /** Fields besides the usual ones: names in capitals, with `ROOTSEAL_` in front. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Sends a message to the journal. Never throws; does nothing where there is no journal. */
export function sendToJournal(message: JournalMessage): void {
  sendJournalEntry(journalEntry(message));
}

/** The fields of an entry. Whoever reads the journal has a terminal, too. */
export function journalEntry(entry: JournalMessage): Record<string, string> {
  const { id, message, priority, fields = {} } = entry;
  const kind = JOURNAL_MESSAGES[id];
  const own = Object.entries(fields).map(([name, value]) => [name, printable(value)] as const);
  return {
    MESSAGE: oneLine(message),
    MESSAGE_ID: kind.id,
    PRIORITY: String(priority ?? kind.priority),
    SYSLOG_IDENTIFIER: 'rootseal',
    ...Object.fromEntries(own),
  };
}
