/** Counts, by reason, the entries of a folder that are passed over: they are neither images nor errors. */
import { endingOf } from './image-formats.js';

/** The reasons, with their singular and plural texts. */
const REASONS = {
  hidden: ['hidden', 'hidden'],
  notImage: ['not an image', 'not images'],
  deadLink: ['dead link', 'dead links'],
  notFile: ['neither file nor folder', 'neither files nor folders'],
  repeated: ['folder met before', 'folders met before'],
  outside: ['outside the class folders', 'outside the class folders'],
} as const satisfies Record<string, readonly [one: string, several: string]>;

export type PassedOverReason = keyof typeof REASONS;

/** Number of entries passed over for each reason. A hidden folder counts once, whatever its content. */
export interface PassedOver extends Readonly<Record<PassedOverReason, number>> {
  /** Number of non-images by extension, such as ".txt"; "" for names without an extension. */
  readonly endings: Readonly<Record<string, number>>;
}

/** Number of extensions that the line lists; the others are counted. */
const NAMED_ENDINGS = 5;

/** Counts entries during the walk of a folder. */
export class PassedOverCount {
  private readonly reasons: Record<PassedOverReason, number>;
  private readonly endings = new Map<string, number>();

  constructor() {
    this.reasons = Object.fromEntries(
      Object.keys(REASONS).map((reason) => [reason, 0]),
    ) as typeof this.reasons;
  }

  add({ reason, shown }: { readonly reason: PassedOverReason; readonly shown: string }): void {
    this.reasons[reason]++;
    if (reason !== 'notImage') return;
    const ending = endingOf(shown);
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
  }

  get counts(): PassedOver {
    return { ...this.reasons, endings: Object.fromEntries(this.endings) };
  }
}

/** "passed over: 3 hidden, 2 not images (.txt, .json)"; undefined if nothing was passed over. */
export function passedOverLine(passed: PassedOver): string | undefined {
  const parts = (Object.keys(REASONS) as PassedOverReason[]).flatMap((reason) => {
    const n = passed[reason];
    if (n === 0) return [];
    return `${n} ${REASONS[reason][n === 1 ? 0 : 1]}${reason === 'notImage' ? ` (${endingList(passed)})` : ''}`;
  });
  return parts.length > 0 ? `passed over: ${parts.join(', ')}` : undefined;
}

/** Most frequent first. */
function endingList({ endings }: PassedOver): string {
  const names = Object.entries(endings)
    .sort(([, a], [, b]) => b - a)
    .map(([ending]) => ending || 'no ending');
  const rest = names.length - NAMED_ENDINGS;
  return rest > 1 ? `${names.slice(0, NAMED_ENDINGS).join(', ')} and ${rest} others` : names.join(', ');
}
