//! Where a participant is: the addresses that have proven to be its own, and the
//! one it wants media at.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use str0m::ice::StunMessage;
use str0m::net::Protocol;

use crate::demux::{Peer, Transport};
use crate::egress::Way;

/// Addresses one call may use at once: interfaces of a phone, and then some.
const MAX_PEERS: usize = 16;

/// The paths of one call.
#[derive(Debug)]
pub(super) struct Paths {
    /// Which address of ours each one talks to, and when it was last checked.
    proven: HashMap<Peer, (Option<IpAddr>, Instant)>,
    /// The one the participant nominated last, where media goes.
    nominated: Option<Peer>,
    /// When a check last proved that the participant wants packets (RFC 7675).
    checked: Instant,
}

impl Paths {
    /// None yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            proven: HashMap::new(),
            nominated: None,
            checked: now,
        }
    }

    /// Whether the address has proven to be the participant's.
    pub(super) fn has(&self, peer: Peer) -> bool {
        self.proven.contains_key(&peer)
    }

    /// Whether this address may be one of the participant's: it is, or there is
    /// room for one more.
    pub(super) fn may_have(&self, peer: Peer) -> bool {
        self.has(peer) || self.proven.len() < MAX_PEERS
    }

    /// A check that knows the call's password came from there.
    pub(super) fn check(&mut self, peer: Peer, local: Option<IpAddr>, check: &[u8], now: Instant) {
        self.proven.insert(peer, (local, now));
        self.checked = now;
        if nominates(check) {
            self.nominated = Some(peer);
        }
    }

    /// The way to an address as the library names it.
    pub(super) fn way(&self, protocol: Protocol, address: SocketAddr) -> Way {
        let transport = match protocol {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Tcp,
        };
        let peer = Peer { transport, address };
        (peer, self.local_of(peer))
    }

    /// The way media goes, where the library would send it on `chosen`. That keeps
    /// to the pair of highest priority that was ever nominated until it is long
    /// silent. A participant whose network or NAT has changed nominates another,
    /// and is there now.
    pub(super) fn media_to(&self, chosen: Way) -> Way {
        let nominated = self.nominated.map(|peer| (peer, self.local_of(peer)));
        nominated.unwrap_or(chosen)
    }

    /// The address of ours that this one talks to.
    fn local_of(&self, peer: Peer) -> Option<IpAddr> {
        self.proven.get(&peer).and_then(|(local, _)| *local)
    }

    /// How long no check has come.
    pub(super) fn unchecked_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.checked)
    }

    /// Forgets addresses that no check came from for long; returns them.
    pub(super) fn forget(&mut self, unused_for: Duration, now: Instant) -> Vec<Peer> {
        let old = |at: &Instant| now.saturating_duration_since(*at) > unused_for;
        let forgotten: Vec<Peer> = self
            .proven
            .iter()
            .filter(|(_, (_, at))| old(at))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in &forgotten {
            self.proven.remove(peer);
        }
        self.nominated = self.nominated.filter(|peer| !forgotten.contains(peer));
        forgotten
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Peer> {
        self.proven.keys().copied().collect()
    }
}

/// Whether a check asks that media comes to where it came from (USE-CANDIDATE,
/// RFC 8445 section 7.1.2).
fn nominates(check: &[u8]) -> bool {
    StunMessage::parse(check).is_ok_and(|message| message.use_candidate())
}
