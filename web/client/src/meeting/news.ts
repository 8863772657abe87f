/** What to tell somebody who does not see the screen, between two states of a meeting. */

import { t } from '../../../shared/i18n.svelte';
import type { MeetingState } from '../call/meeting';

/** Arrivals are told singly up to this many at once; a crowd is not read out. */
const MOST_NAMES = 3;

export function newsBetween(before: MeetingState | null, now: MeetingState): string {
  const told: string[] = [];
  if (before?.waiting && !now.waiting) told.push(t('meeting.letIn'));
  if (before && before.trouble !== now.trouble) told.push(t(now.trouble ? 'meeting.trouble' : 'meeting.trouble.over'));
  if (before && !before.direct && now.direct) told.push(t('meeting.direct'));
  const names = (state: MeetingState | null): Map<string, string> =>
    new Map(state?.stage.tiles.map(({ participant }) => [participant.uuid, participant.name]));
  const old = names(before);
  const current = names(now);
  const come = [...current].filter(([uuid]) => !old.has(uuid));
  const gone = [...old].filter(([uuid]) => !current.has(uuid));
  if (come.length <= MOST_NAMES) told.push(...come.map(([, name]) => t('meeting.joined', { name })));
  if (gone.length <= MOST_NAMES) told.push(...gone.map(([, name]) => t('meeting.gone', { name })));
  return told.join(' ');
}
