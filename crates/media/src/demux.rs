//! Whose packet is it? One port serves everybody, so a packet's call is known
//! by its source address, and a new address by the user fragment of the
//! connectivity check it sends first (RFC 8445 section 7.3).

use std::collections::HashMap;
use std::net::SocketAddr;

use parking_lot::RwLock;
use str0m::ice::StunMessage;
use vdx_domain::CallId;

/// How a packet travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Transport {
    Udp,
    /// RFC 6544, framed by RFC 4571.
    Tcp,
}

/// Where a packet comes from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Peer {
    pub(crate) transport: Transport,
    pub(crate) address: SocketAddr,
}

/// A call and the worker that owns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) worker: usize,
    pub(crate) call: CallId,
}

/// What all workers know of each other's calls. A worker finds its own packets
/// in its own table and looks here only for the rest.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_ufrag: RwLock<HashMap<String, Owner>>,
    by_peer: RwLock<HashMap<Peer, Owner>>,
}

impl Demux {
    /// Makes a call findable by its local user fragment.
    pub(crate) fn add_call(&self, ufrag: &str, owner: Owner) {
        self.by_ufrag.write().insert(ufrag.to_owned(), owner);
    }

    /// Whether a call is findable by this user fragment.
    #[cfg(test)]
    pub(crate) fn knows(&self, ufrag: &str) -> bool {
        self.by_ufrag.read().contains_key(ufrag)
    }

    /// Whether nobody is known.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.by_ufrag.read().is_empty() && self.by_peer.read().is_empty()
    }

    /// Forgets a call.
    pub(crate) fn remove_call(&self, ufrag: &str, peers: &[Peer]) {
        self.by_ufrag.write().remove(ufrag);
        let mut by_peer = self.by_peer.write();
        for peer in peers {
            by_peer.remove(peer);
        }
    }

    /// Remembers an address that has proven to belong to a call.
    pub(crate) fn add_peer(&self, peer: Peer, owner: Owner) {
        self.by_peer.write().insert(peer, owner);
    }

    /// Forgets an address that its call has not used for long.
    pub(crate) fn remove_peer(&self, peer: Peer) {
        self.by_peer.write().remove(&peer);
    }

    /// The owner of a packet from `peer`, as far as anybody knows.
    pub(crate) fn owner(&self, peer: Peer, packet: &[u8]) -> Option<Owner> {
        // A check names its call; it is asked first, because a browser may use
        // the same address for the next call.
        if looks_like_stun(packet) {
            let message = StunMessage::parse(packet).ok()?;
            if let Some((local, _)) = message.split_username() {
                return self.by_ufrag.read().get(local).copied();
            }
        }
        self.by_peer.read().get(&peer).copied()
    }
}

/// RFC 7983: the first byte of STUN is 0 to 3.
pub(crate) fn looks_like_stun(packet: &[u8]) -> bool {
    packet.first().is_some_and(|byte| *byte < 4)
}

/// RFC 5761 section 4: RTCP on the port of RTP is told by its packet type.
pub(crate) fn looks_like_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [128..=191, 192..=223, ..])
}
