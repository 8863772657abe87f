/** The meeting's main picture in a small window of its own, above the others. */

interface DocumentPictureInPicture extends EventTarget {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
  readonly window: Window | null;
}

function documentPictureInPicture(): DocumentPictureInPicture | undefined {
  return (globalThis as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;
}

/** Whether the browser has such a window, of whichever kind. */
export function hasOwnWindow(): boolean {
  return documentPictureInPicture() !== undefined || document.pictureInPictureEnabled === true;
}

/**
 * Shows a picture in a window of its own until the window is closed. `main` finds
 * the page's element of the picture that matters most now; browsers that know no
 * more than a video's own window keep to the one it found first.
 */
export async function openOwnWindow(main: () => HTMLVideoElement | null, title: string): Promise<void> {
  const kind = documentPictureInPicture();
  if (!kind) return void (await main()?.requestPictureInPicture());
  const own = await kind.requestWindow({ width: 480, height: 300 });
  own.document.title = title;
  const { style } = own.document.body;
  Object.assign(style, { margin: '0', background: '#0b1d20' });
  const copy = own.document.createElement('video');
  copy.muted = copy.autoplay = copy.playsInline = true;
  Object.assign(copy.style, { width: '100vw', height: '100vh', objectFit: 'contain', display: 'block' });
  own.document.body.append(copy);
  const follow = () => {
    const stream = main()?.srcObject ?? null;
    if (copy.srcObject === stream) return;
    copy.srcObject = stream;
    if (stream) void copy.play().catch(() => undefined);
  };
  follow();
  const timer = setInterval(follow, 500);
  own.addEventListener('pagehide', () => clearInterval(timer), { once: true });
}

export function isOwnWindowOpen(): boolean {
  return (documentPictureInPicture()?.window ?? document.pictureInPictureElement ?? null) !== null;
}

/** Tells when such a window opens or closes, until the function that this gives is called. */
export function watchOwnWindow(changed: () => void): () => void {
  // The events come before the window counts as gone.
  const soon = () => setTimeout(changed);
  const entered = ({ window: own }: Event & { window?: Window }) => {
    own?.addEventListener('pagehide', soon);
    soon();
  };
  const kind = documentPictureInPicture();
  kind?.addEventListener('enter', entered);
  document.addEventListener('enterpictureinpicture', soon);
  document.addEventListener('leavepictureinpicture', soon);
  return () => {
    kind?.removeEventListener('enter', entered);
    document.removeEventListener('enterpictureinpicture', soon);
    document.removeEventListener('leavepictureinpicture', soon);
  };
}

/** Takes the window away with the meeting. */
export function closeOwnWindow(): void {
  documentPictureInPicture()?.window?.close();
  if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => undefined);
}
