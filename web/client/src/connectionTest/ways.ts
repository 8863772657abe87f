/** The ways to the hub, and how a call is kept to one of them. */

/** In the order in which browsers prefer them; the words are those of the hub's API. */
export const WAYS = ['udp', 'tcp', 'turn_udp', 'turn_tcp', 'turn_tls'] as const;
export type Way = (typeof WAYS)[number];

/** The way that a TURN server's address (RFC 7065) leads. */
function wayOf(url: string): Way {
  if (/^turns:/i.test(url)) return 'turn_tls';
  return /[?&]transport=tcp\b/i.test(url) ? 'turn_tcp' : 'turn_udp';
}

function urls(server: RTCIceServer): string[] {
  return typeof server.urls === 'string' ? [server.urls] : server.urls;
}

/** The ways there are: to the media port, and those round it that the hub tells of. */
export function waysOf(servers: RTCIceServer[]): Way[] {
  const round = new Set(servers.flatMap(urls).map(wayOf));
  return WAYS.filter((way) => way === 'udp' || way === 'tcp' || round.has(way));
}

/** For a connection that goes this way and no other. */
export function configuration(way: Way, servers: RTCIceServer[]): RTCConfiguration {
  if (way === 'udp' || way === 'tcp') return { bundlePolicy: 'max-bundle' };
  const iceServers = servers
    .map((server) => ({ ...server, urls: urls(server).filter((url) => wayOf(url) === way) }))
    .filter((server) => server.urls.length > 0);
  return { bundlePolicy: 'max-bundle', iceServers, iceTransportPolicy: 'relay' };
}

/**
 * The hub's answer with only the candidates (RFC 8839) of this way; null when there are none.
 * Behind a TURN server it is UDP always.
 */
export function answerFor(way: Way, sdp: string): string | null {
  const wanted = way === 'tcp' ? 'tcp' : 'udp';
  let found = false;
  const lines = sdp.split('\r\n').filter((line) => {
    const transport = /^a=candidate:\S+ \d+ (\w+) /i.exec(line)?.[1]?.toLowerCase();
    if (transport === undefined) return true;
    found ||= transport === wanted;
    return transport === wanted;
  });
  return found ? lines.join('\r\n') : null;
}
