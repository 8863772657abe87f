/** The corners of a space: pure. */

/** In the order in which pressing goes through them. */
export const CORNERS = ['top-right', 'bottom-right', 'bottom-left', 'top-left'] as const;
export type Corner = (typeof CORNERS)[number];

/** The corner nearest to a point within a space. */
export function cornerAt(x: number, y: number, { width, height }: { width: number; height: number }): Corner {
  return `${y < height / 2 ? 'top' : 'bottom'}-${x < width / 2 ? 'left' : 'right'}`;
}
