/** Shows what the console of a machine says, while it says it. */
export class ConsoleView {
  #shown = 0;
  #timer;

  /** @param {RegExp} chosen the lines that are shown */
  constructor(console, chosen) {
    this.console = console;
    this.chosen = chosen;
    this.#timer = setInterval(() => this.#show(), 100);
  }

  /** Until what was said just now is shown, too. */
  async last() {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  end() {
    clearInterval(this.#timer);
  }

  #show() {
    for (; this.#shown < this.console.lines.length; this.#shown++) {
      const { at, text } = this.console.lines[this.#shown];
      if (this.chosen.test(text)) print(`${(at / 1000).toFixed(1).padStart(8)} s  ${text}`);
    }
  }
}

function print(text) {
  console.log(text);
}
