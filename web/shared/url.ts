/** The address that a text is, or null: `URL.parse`, which browsers of a few years ago lack. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
