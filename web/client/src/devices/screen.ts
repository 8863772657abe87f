/** The visitor's screen. */

/** Whether there is one to share: phones name the function but have none. */
export function canShareScreen(): boolean {
  const phone = matchMedia('(hover: none) and (pointer: coarse)').matches;
  return !phone && 'getDisplayMedia' in (navigator.mediaDevices ?? {});
}

/** Asks which screen or window; null when the visitor thought better of it. */
export async function captureScreen(): Promise<MediaStreamTrack | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track) track.contentHint = 'detail';
    return track;
  } catch {
    return null;
  }
}
