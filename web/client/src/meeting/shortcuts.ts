/** Keys for what one does often: pure, but for the listening. */

export const SHORTCUTS = ['microphone', 'camera', 'hand', 'chat', 'people', 'share', 'expand', 'shortcuts'] as const;
export type Shortcut = (typeof SHORTCUTS)[number];

/** By the character, so that they follow the keyboard's layout. */
export const KEYS: Record<Shortcut, string> = {
  microphone: 'm',
  camera: 'k',
  hand: 'h',
  chat: 'c',
  people: 'p',
  share: 'd',
  expand: 'f',
  shortcuts: '?',
};

/** Whether the key belongs to something that is typed into or worked by keys. */
function isTyping(target: EventTarget | null): boolean {
  const element = target as Partial<Element> | null;
  return Boolean(element?.closest?.('input, textarea, select, [contenteditable]'));
}

/**
 * The shortcut of a key press. With a modifier it is the browser's or a screen
 * reader's; a key that is held down counts once.
 */
export function shortcut(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey' | 'repeat' | 'target'>): Shortcut | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return null;
  const key = event.key.toLowerCase();
  return SHORTCUTS.find((one) => KEYS[one] === key) ?? null;
}
