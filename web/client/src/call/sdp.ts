/** Small changes to session descriptions (RFC 8866) on their way to the hub. */

/**
 * Marks the section `mid` as carrying slides (`a=content:slides`, RFC 4796).
 * Browsers have no way to say it and would not understand it in their own
 * description, so it is added to the text sent.
 */
export function markSlides(sdp: string, mid: string): string {
  const line = `a=mid:${mid}`;
  return sdp
    .split('\r\n')
    .flatMap((text) => (text === line ? [text, 'a=content:slides'] : [text]))
    .join('\r\n');
}
