/** A point in time, as the reader's clock shows it. */
import './moment.css';

export function Moment({ iso }: { readonly iso: string | undefined }) {
  if (!iso) return null;
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return null;
  return (
    <time class="moment" dateTime={iso}>
      {date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}
