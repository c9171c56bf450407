/** What is written on a figure. */
export interface FigureText {
  readonly title: string;
  /** Lines under the title. */
  readonly subtitle: readonly string[];
  /** One sentence for screen readers. */
  readonly description: string;
  /** The panels share their rows, so that a page never puts one below the other. */
  readonly together?: boolean;
}
