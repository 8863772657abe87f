/** Colours and their contrast, as WCAG 2.1 counts it. */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

export const BLACK: Rgb = [0, 0, 0];
export const WHITE: Rgb = [255, 255, 255];

/** Reads `#rgb` and `#rrggbb`; null for anything else. */
export function parse(text: string): Rgb | null {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text.trim())?.[1];
  if (hex === undefined) return null;
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  const part = (at: number): number => Number.parseInt(long.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

export function format(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** `share` of the second, the rest of the first. */
export function mix(first: Rgb, second: Rgb, share: number): Rgb {
  const part = (at: 0 | 1 | 2): number => first[at] + (second[at] - first[at]) * share;
  return [part(0), part(1), part(2)];
}

function luminance(colour: Rgb): number {
  const linear = (part: number): number => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The colour, moved towards `end` only as far as it takes to be told from every ground. */
export function readable(colour: Rgb, grounds: readonly Rgb[], least: number, end: Rgb): Rgb {
  for (let step = 0; step < 20; step += 1) {
    const moved = mix(colour, end, step / 20);
    // Rounded as it will be written, so that the last digit cannot undo it.
    const written = parse(format(moved)) ?? moved;
    if (grounds.every((ground) => contrast(written, ground) >= least)) return written;
  }
  return end;
}
