//! The TCP connections of a worker: taken from the listener, proven by the first
//! packet that a call accepts, and given to the worker where that call lives.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Instant;

use mio::net::TcpListener;
use mio::{Interest, Token};
use vdx_domain::CallId;

use super::{Command, FIRST_LINK, Parts, Worker, route};
use crate::counters::{SharedCounters, count};
use crate::demux::{Peer, Transport};
use crate::tcp::{MAX_STRANGERS, Next, STRANGER_TIMEOUT, TcpLink, Turn};

/// Connections accepted before anything else gets a turn.
const ACCEPTED: usize = 64;
/// Connections that are read before anything else gets a turn.
const LINKS: usize = 16;

impl Worker {
    /// Takes new connections, as many as a turn allows.
    pub(super) fn accept(&mut self) {
        let Some(listener) = &self.parts.listener else {
            return;
        };
        let accepted: Vec<_> = std::iter::from_fn(|| listener.accept().ok())
            .take(ACCEPTED)
            .collect();
        self.acceptable = accepted.len() == ACCEPTED;
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

    /// Something can be read from a connection, or written to it again.
    pub(super) fn link_is_ready(&mut self, token: Token) {
        let flushed = self.links.get_mut(&token).map(TcpLink::flush);
        match flushed {
            Some(Ok(())) => self.line_up(token),
            Some(Err(_)) => self.drop_link(token),
            None => {}
        }
    }

    /// Puts a connection in line to be read.
    fn line_up(&mut self, token: Token) {
        if let Some(link) = self.links.get_mut(&token)
            && !link.in_line
        {
            link.in_line = true;
            self.unread.push_back(token);
        }
    }

    /// Gives the connections in line a turn each; who has more to say stands
    /// behind the others again.
    pub(super) fn read_links(&mut self) {
        for _ in 0..self.unread.len().min(LINKS) {
            if let Some(token) = self.unread.pop_front() {
                self.read_link(token);
            }
        }
    }

    fn read_link(&mut self, token: Token) {
        let Self {
            parts,
            routes,
            links,
            ..
        } = self;
        let Some(link) = links.get_mut(&token) else {
            return;
        };
        link.in_line = false;
        match take_packets(parts, routes, link) {
            Ended::Read => {}
            Ended::Unread => self.line_up(token),
            Ended::Useless => self.drop_link(token),
            Ended::Of(worker) => self.give_away(token, worker),
        }
    }

    fn give_away(&mut self, token: Token, worker: usize) {
        let Some(mut link) = self.links.remove(&token) else {
            return;
        };
        let _ = self.parts.poll.registry().deregister(&mut link.stream);
        self.link_of.remove(&link.peer);
        self.hand_over(worker, Command::Adopt(Box::new(link)));
    }

    pub(super) fn adopt(&mut self, mut link: TcpLink) {
        self.make_place();
        link.in_line = false;
        if let Some(token) = self.keep_link(link) {
            // It came with a packet that is not read yet.
            self.line_up(token);
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

/// How the turn of a connection ended.
enum Ended {
    /// All that was there is read.
    Read,
    Unread,
    /// It is closed, or has shown that it brings nothing.
    Useless,
    /// The next packet is of a call of this worker.
    Of(usize),
}

/// Feeds what came on a connection to its call, for a turn. The first packet of
/// a stranger decides: a call takes it, or the connection ends.
fn take_packets(
    parts: &mut Parts,
    routes: &mut HashMap<Peer, CallId>,
    link: &mut TcpLink,
) -> Ended {
    let peer = Peer {
        transport: Transport::Tcp,
        address: link.peer,
    };
    let local = Some(link.local.ip());
    let mut turn = Turn::default();
    loop {
        let bytes = match link.next(&mut turn) {
            Ok(Next::Packet(bytes)) => bytes,
            Ok(Next::Later) => return Ended::Unread,
            Ok(Next::Nothing) => return Ended::Read,
            Err(_) => return Ended::Useless,
        };
        let taken = match route(routes, &parts.demux, parts.index, peer, bytes) {
            Some(owner) if owner.worker == parts.index => {
                let board = &mut parts.switchboard;
                let taken = board.receive(owner.call, peer, local, bytes, Instant::now());
                if taken {
                    routes.insert(peer, owner.call);
                }
                taken
            }
            Some(owner) => return Ended::Of(owner.worker),
            None => {
                count(&parts.counters.datagrams_unknown);
                false
            }
        };
        link.proven |= taken;
        if !link.proven {
            return Ended::Useless;
        }
        link.advance();
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
