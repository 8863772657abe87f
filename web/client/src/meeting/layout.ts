/** How the visitor wants the pictures: pure. */

import type { Stage } from '../call/tiles';

/** As the meeting says, all alike, or who speaks large. */
export const ARRANGEMENTS = ['meeting', 'grid', 'speaker'] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];

/**
 * Who is large when the one who speaks is to be: whoever speaks now, in the order
 * people came, else who did last, else the first.
 */
export function speaker(stage: Stage, last: string | null): string | null {
  const shown = stage.tiles.filter((tile) => tile.size !== null);
  const kept = shown.find((tile) => tile.participant.uuid === last);
  if (kept?.speaking) return last;
  return (shown.find((tile) => tile.speaking) ?? kept ?? shown[0])?.participant.uuid ?? null;
}

/** The stage with the sizes the visitor wants. */
export function arranged(stage: Stage, wanted: Arrangement, large: string | null): Stage {
  if (wanted === 'meeting') return stage;
  const size = (uuid: string) => (wanted === 'grid' || uuid === large ? 'large' : 'small');
  return { ...stage, tiles: stage.tiles.map((tile) => (tile.size ? { ...tile, size: size(tile.participant.uuid) } : tile)) };
}
