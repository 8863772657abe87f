//! The UDP side of the media port, one socket a worker on the same port
//! (SO_REUSEPORT). Datagrams to one receiver leave together (GSO), datagrams
//! from one sender arrive together (GRO).

use std::collections::VecDeque;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use mio::net::UdpSocket;
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

use crate::counters::SharedCounters;

/// Asked of the kernel for each direction; it may grant less (net.core.rmem_max).
const SOCKET_BUFFER: usize = 8 << 20;
/// Datagrams, or GRO trains of them, taken from the kernel in one call.
const RECEIVE_BATCH: usize = 32;
const RECEIVE_BUFFER: usize = 64 << 10;
/// Trains that wait while the kernel's buffer is full. Later ones are
/// dropped: they would come too late to be of use.
const MAX_BACKLOG: usize = 1024;

/// Opens a non-blocking UDP socket that shares its port with the other workers.
pub(crate) fn open(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_reuse_port(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // What the kernel grants is enough to run; more rides out bursts.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Datagrams of equal length to one receiver that the kernel did not take yet.
#[derive(Debug)]
struct Train {
    destination: SocketAddr,
    /// The address of ours that the receiver knows.
    source: Option<IpAddr>,
    segment: usize,
    bytes: Vec<u8>,
}

impl Train {
    fn run(&self) -> Segments<'_> {
        Segments {
            destination: self.destination,
            source: self.source,
            segment: self.segment,
            bytes: &self.bytes,
        }
    }
}

/// Datagrams of equal length to one receiver; the last may be shorter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segments<'a> {
    pub(crate) destination: SocketAddr,
    pub(crate) source: Option<IpAddr>,
    pub(crate) segment: usize,
    pub(crate) bytes: &'a [u8],
}

impl Segments<'_> {
    fn count(&self) -> u64 {
        self.bytes.len().div_ceil(self.segment.max(1)) as u64
    }
}

/// A worker's UDP socket.
pub(crate) struct UdpPort {
    socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<Vec<u8>>,
    backlog: VecDeque<Train>,
    dual_stack: bool,
}

impl UdpPort {
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let dual_stack = socket.local_addr()?.is_ipv6();
        Ok(Self {
            socket: UdpSocket::from_std(socket),
            state,
            buffers: vec![vec![0; RECEIVE_BUFFER]; RECEIVE_BATCH],
            backlog: VecDeque::new(),
            dual_stack,
        })
    }

    /// The socket, to be registered for readiness.
    pub(crate) fn source(&mut self) -> &mut UdpSocket {
        &mut self.socket
    }

    /// Takes one batch from the kernel and hands over each datagram with its
    /// source and the address of ours it was sent to. `false` when none is left.
    pub(crate) fn receive(
        &mut self,
        mut each: impl FnMut(SocketAddr, Option<IpAddr>, &[u8]),
    ) -> io::Result<bool> {
        let mut metas = [RecvMeta::default(); RECEIVE_BATCH];
        let received = {
            let mut slices: Vec<IoSliceMut<'_>> = self
                .buffers
                .iter_mut()
                .map(|buffer| IoSliceMut::new(buffer))
                .collect();
            match self
                .state
                .recv(UdpSockRef::from(&self.socket), &mut slices, &mut metas)
            {
                Ok(received) => received,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        };
        for (meta, buffer) in metas.iter().zip(&self.buffers).take(received) {
            let source = canonical(meta.addr);
            let local = meta.dst_ip.map(|ip| ip.to_canonical());
            let bytes = buffer.get(..meta.len).unwrap_or_default();
            for datagram in bytes.chunks(meta.stride.max(1)) {
                each(source, local, datagram);
            }
        }
        Ok(true)
    }

    /// Datagrams the kernel takes in one train.
    pub(crate) fn longest_train(&self) -> usize {
        self.state.max_gso_segments().max(1)
    }

    /// Sends a train, after those that wait.
    pub(crate) fn send(&mut self, train: Segments<'_>, counters: &SharedCounters) {
        if self.backlog.is_empty() && self.transmit(train, counters) == Sent::Done {
            return;
        }
        if self.backlog.len() < MAX_BACKLOG {
            self.backlog.push_back(Train {
                destination: train.destination,
                source: train.source,
                segment: train.segment,
                bytes: train.bytes.to_vec(),
            });
        } else {
            counters
                .datagrams_dropped
                .fetch_add(train.count(), Ordering::Relaxed);
        }
    }

    /// Sends what waits. `true` when the kernel could not take all of it.
    pub(crate) fn flush(&mut self, counters: &SharedCounters) -> bool {
        while let Some(train) = self.backlog.pop_front() {
            if self.transmit(train.run(), counters) == Sent::Later {
                self.backlog.push_front(train);
                return true;
            }
        }
        false
    }

    fn transmit(&self, train: Segments<'_>, counters: &SharedCounters) -> Sent {
        let single = train.bytes.len() <= train.segment;
        let whole = self.transmit_bytes(train, train.bytes, (!single).then_some(train.segment));
        let (sent, dropped) = match whole {
            Ok(()) => {
                counters
                    .bytes_sent
                    .fetch_add(train.bytes.len() as u64, Ordering::Relaxed);
                (train.count(), 0)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Sent::Later,
            Err(_) if single => (0, 1),
            // The path may not take trains (quinn-udp then stops making them);
            // each datagram is tried alone once.
            Err(_) => train
                .bytes
                .chunks(train.segment)
                .fold((0, 0), |(sent, dropped), one| {
                    match self.transmit_bytes(train, one, None) {
                        Ok(()) => (sent + 1, dropped),
                        Err(_) => (sent, dropped + 1),
                    }
                }),
        };
        counters.datagrams_sent.fetch_add(sent, Ordering::Relaxed);
        if dropped > 0 {
            counters
                .datagrams_dropped
                .fetch_add(dropped, Ordering::Relaxed);
        }
        Sent::Done
    }

    fn transmit_bytes(
        &self,
        train: Segments<'_>,
        bytes: &[u8],
        segment: Option<usize>,
    ) -> io::Result<()> {
        let transmit = Transmit {
            destination: self.on_the_wire(train.destination),
            ecn: None,
            contents: bytes,
            segment_size: segment,
            src_ip: train.source.filter(|ip| !self.dual_stack || ip.is_ipv6()),
        };
        self.state
            .try_send(UdpSockRef::from(&self.socket), &transmit)
    }

    /// A dual-stack socket writes IPv4 addresses in IPv6 (RFC 4291 section 2.5.5.2).
    fn on_the_wire(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.dual_stack => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            other => other,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Sent {
    Done,
    Later,
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_arrive_one_by_one_as_they_were_sent() {
        let counters = SharedCounters::default();
        let mut here = UdpPort::new(open("127.0.0.1:0".parse().unwrap()).unwrap()).unwrap();
        let mut there = UdpPort::new(open("127.0.0.1:0".parse().unwrap()).unwrap()).unwrap();
        let to = there.source().local_addr().unwrap();
        let sent: Vec<Vec<u8>> = (0..20u8)
            .map(|n| vec![n; if n == 19 { 7 } else { 500 }])
            .collect();
        let train = Segments {
            destination: to,
            source: None,
            segment: 500,
            bytes: &sent.concat(),
        };
        here.send(train, &counters);
        while here.flush(&counters) {}
        let mut got: Vec<Vec<u8>> = Vec::new();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while got.len() < sent.len() && std::time::Instant::now() < deadline {
            there
                .receive(|_, _, bytes| got.push(bytes.to_vec()))
                .unwrap();
        }
        assert_eq!(got, sent);
        assert_eq!(counters.datagrams_sent.load(Ordering::Relaxed), 20);
    }
}
