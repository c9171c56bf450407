/** Texts of axis ticks. */

/** A number with a true minus sign: "−0.5". */
export const numberTick = (value: number): string => String(value).replace('-', '−');

/** A change with its sign: "+50", "−50", "0". */
export const changeTick = (value: number): string => (value > 0 ? `+${value}` : numberTick(value));
