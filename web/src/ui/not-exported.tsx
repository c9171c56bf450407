/** What an export lacks, told where it would stand, and how to see it. */

export function NotExported({ what }: { readonly what: string }) {
  return (
    <p class="quiet not-exported">
      Not in this export: {what}. <code>lexel studio</code> has that, where the runs are.
    </p>
  );
}
