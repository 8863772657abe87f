/** What the browser tells of its permissions, where it tells. */

import type { Kind } from './problem';

/** The browser's record, which changes by itself; null where it tells nothing. */
export async function permissionOf(kind: Kind): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: kind as PermissionName });
  } catch {
    return null;
  }
}
