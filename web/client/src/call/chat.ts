/** What was written, as long as the page is open: nothing is kept anywhere. */

export interface ChatMessage {
  /** Counts up; the order in which they came. */
  id: number;
  /** When, in milliseconds since the epoch. */
  at: number;
  text: string;
  /** Who wrote; null is the visitor. */
  from: { uuid: string; name: string } | null;
  /** To one alone: to the visitor, or, of the visitor's own, to this name. */
  direct: boolean;
  to: string | null;
}

/** Older ones are dropped. */
const MOST = 500;

export class ChatLog {
  #last = 0;
  #messages: readonly ChatMessage[] = [];

  /** As of now; a new list after each change. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Somebody wrote. */
  received(event: { type: string; payload: string; origin: string; uuid: string; direct?: boolean }, at: number): boolean {
    // Programs write to each other in the same way.
    if (!event.type.startsWith('text/plain')) return false;
    const from = { uuid: event.uuid, name: event.origin };
    this.#add({ at, text: event.payload, from, direct: event.direct === true, to: null });
    return true;
  }

  /** The visitor wrote: the hub sends nobody their own. */
  written(text: string, to: string | null, at: number): void {
    this.#add({ at, text, from: null, direct: to !== null, to });
  }

  #add(message: Omit<ChatMessage, 'id'>): void {
    this.#messages = [...this.#messages, { id: ++this.#last, ...message }].slice(-MOST);
  }
}
