/** Times in people's words. */

import { t, texts } from './i18n.svelte';

/** Such as "14:30", in the visitor's own time zone. */
export function clock(at: Date): string {
  return at.toLocaleTimeString(texts.locale, { hour: '2-digit', minute: '2-digit' });
}

/** Such as "today at 14:30"; the time stays on the line of the word before it. */
export function when(at: Date, now: Date): string {
  const time = clock(at);
  return onDay(at, now, time).replace(` ${time}`, `\u00a0${time}`);
}

function onDay(at: Date, now: Date, time: string): string {
  const days = Math.round((midnight(at).getTime() - midnight(now).getTime()) / 86_400_000);
  if (days === 0) return t('time.today', { time });
  if (days === 1) return t('time.tomorrow', { time });
  return t('time.day', { day: at.toLocaleDateString(texts.locale, { weekday: 'long', day: 'numeric', month: 'long' }), time });
}

function midnight(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/** A remaining time: days while it is more than one, else `h:mm:ss` or `m:ss`. */
export function remaining(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const days = Math.floor(seconds / 86_400);
  if (days > 0) return days === 1 ? t('time.days.one') : t('time.days.many', { count: days });
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
