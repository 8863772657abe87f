/** Small changes to session descriptions (RFC 8866) on their way to the hub. */

const SLIDES = 'a=content:slides';

/**
 * Marks the section `mid` as carrying slides (`a=content:slides`, RFC 4796).
 * Browsers have no way to say it and would not understand it in their own
 * description, so it is added to the text sent.
 */
export function markSlides(sdp: string, mid: string): string {
  const line = `a=mid:${mid}`;
  return sdp
    .split('\r\n')
    .flatMap((text) => (text === line ? [text, SLIDES] : [text]))
    .join('\r\n');
}

/** The section of another's description that is marked as carrying slides. */
export function slidesOf(sdp: string): string | null {
  const sections = sdp.split(/\r?\n(?=m=)/).slice(1);
  const slides = sections.find((section) => section.split(/\r?\n/).includes(SLIDES));
  return /^a=mid:(.*)$/m.exec(slides ?? '')?.[1]?.trim() ?? null;
}
