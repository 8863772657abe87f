//! The TCP connections of a worker: taken from the listener, proven by the first
//! packet that a call accepts, and given to the worker where that call lives.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Instant;

use mio::net::TcpListener;
use mio::{Interest, Token};

use super::{Command, FIRST_LINK, Worker, route};
use crate::counters::{SharedCounters, count};
use crate::demux::{Peer, Transport};
use crate::tcp::{MAX_STRANGERS, STRANGER_TIMEOUT, TcpLink};

impl Worker {
    pub(super) fn accept(&mut self) {
        let Some(listener) = &self.parts.listener else {
            return;
        };
        let mut accepted = Vec::new();
        while let Ok((stream, peer)) = listener.accept() {
            accepted.push((stream, peer));
        }
        for (stream, peer) in accepted {
            self.make_place();
            if let Ok(link) = TcpLink::new(stream, peer, Instant::now()) {
                self.keep_link(link);
            }
        }
    }

    /// Before another stranger comes in, the longest unproven one goes.
    fn make_place(&mut self) {
        let strangers = || self.links.iter().filter(|(_, link)| !link.proven);
        if strangers().count() >= MAX_STRANGERS {
            let oldest = strangers()
                .min_by_key(|(_, link)| link.opened)
                .map(|(token, _)| *token);
            if let Some(token) = oldest {
                self.drop_link(token);
            }
        }
    }

    fn keep_link(&mut self, mut link: TcpLink) -> Option<Token> {
        let token = Token(self.next_link);
        self.next_link = self.next_link.checked_add(1).unwrap_or(FIRST_LINK);
        let both = Interest::READABLE | Interest::WRITABLE;
        self.parts
            .poll
            .registry()
            .register(&mut link.stream, token, both)
            .ok()?;
        if let Some(old) = self.link_of.insert(link.peer, token) {
            self.drop_link(old);
            self.link_of.insert(link.peer, token);
        }
        self.links.insert(token, link);
        Some(token)
    }

    pub(super) fn drop_link(&mut self, token: Token) {
        if let Some(mut link) = self.links.remove(&token) {
            // The connection is closed with it in any case.
            let _ = self.parts.poll.registry().deregister(&mut link.stream);
            if self.link_of.get(&link.peer) == Some(&token) {
                self.link_of.remove(&link.peer);
            }
        }
    }

    pub(super) fn serve_link(&mut self, token: Token) {
        let mut packets = Vec::new();
        let Some(link) = self.links.get_mut(&token) else {
            return;
        };
        let read = link.read(&mut packets);
        let flushed = link.flush();
        let alive = matches!(read, Ok(true)) && flushed.is_ok();
        self.link_packets(token, packets);
        if !alive {
            self.drop_link(token);
        }
    }

    fn link_packets(&mut self, token: Token, packets: Vec<Vec<u8>>) {
        let mut packets = packets.into_iter();
        while let Some(bytes) = packets.next() {
            let Some(link) = self.links.get(&token) else {
                return;
            };
            let peer = Peer {
                transport: Transport::Tcp,
                address: link.peer,
            };
            let local = Some(link.local.ip());
            let parts = &mut self.parts;
            let owner = route(
                &mut self.routes,
                &parts.switchboard,
                &parts.demux,
                parts.index,
                peer,
                &bytes,
            );
            match owner {
                Some(owner) if owner.worker == parts.index => {
                    let now = Instant::now();
                    if parts
                        .switchboard
                        .receive(owner.call, peer, local, &bytes, now)
                    {
                        self.routes.insert(peer, owner.call);
                        if let Some(link) = self.links.get_mut(&token) {
                            link.proven = true;
                        }
                    }
                }
                Some(owner) => {
                    let rest = std::iter::once(bytes).chain(packets).collect();
                    self.give_away(token, owner.worker, rest);
                    return;
                }
                None => {
                    count(&parts.counters.datagrams_unknown);
                    if !self.links.get(&token).is_some_and(|link| link.proven) {
                        self.drop_link(token);
                    }
                }
            }
        }
    }

    fn give_away(&mut self, token: Token, worker: usize, packets: Vec<Vec<u8>>) {
        let Some(mut link) = self.links.remove(&token) else {
            return;
        };
        let _ = self.parts.poll.registry().deregister(&mut link.stream);
        self.link_of.remove(&link.peer);
        self.hand_over(worker, Command::Adopt(Box::new(link), packets));
    }

    pub(super) fn adopt(&mut self, link: TcpLink, packets: Vec<Vec<u8>>) {
        self.make_place();
        if let Some(token) = self.keep_link(link) {
            self.link_packets(token, packets);
            // What came between the two workers' registrations is read now.
            self.serve_link(token);
        }
    }

    pub(super) fn drop_strangers(&mut self, now: Instant) {
        let late = |link: &TcpLink| {
            !link.proven && now.saturating_duration_since(link.opened) > STRANGER_TIMEOUT
        };
        let tokens: Vec<Token> = self
            .links
            .iter()
            .filter(|(_, link)| late(link))
            .map(|(token, _)| *token)
            .collect();
        for token in tokens {
            self.drop_link(token);
        }
    }
}

/// Puts a datagram on a connection, if it is there and keeps up.
pub(super) fn queue(link: Option<&mut TcpLink>, datagram: &[u8], counters: &SharedCounters) {
    if link.is_some_and(|link| link.queue(datagram)) {
        count(&counters.datagrams_sent);
        let bytes = datagram.len() as u64;
        counters.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    } else {
        count(&counters.datagrams_dropped);
    }
}

/// Opens the TCP side of the media port.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
}
