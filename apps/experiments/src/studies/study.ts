/** An experiment: it computes what is missing and returns its page of Markdown. */
export interface Study {
  name: string;
  report(quick: boolean): Promise<string>;
}
