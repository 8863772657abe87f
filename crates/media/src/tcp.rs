//! The TCP side of the media port (RFC 6544), for networks that let no UDP
//! through: the same packets, each behind its length (RFC 4571 section 2).

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

/// Connections that have not proven to belong to a call, all workers together
/// in one worker's hands; the oldest makes place.
pub(crate) const MAX_STRANGERS: usize = 512;
/// How long a connection may take to prove it.
pub(crate) const STRANGER_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes that may wait for a slow receiver; what comes on top is dropped.
const MAX_OUTBOUND: usize = 512 << 10;
/// The longest packet worth reading: media stays below 1500 bytes, DTLS flights too.
const MAX_FRAME: usize = 4096;

/// One connection.
pub(crate) struct TcpLink {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) opened: Instant,
    /// A call has accepted a check that came this way.
    pub(crate) proven: bool,
    inbound: Vec<u8>,
    outbound: Vec<u8>,
    written: usize,
}

impl TcpLink {
    pub(crate) fn new(stream: TcpStream, peer: SocketAddr, now: Instant) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?;
        let canonical = |a: SocketAddr| SocketAddr::new(a.ip().to_canonical(), a.port());
        Ok(Self {
            stream,
            peer: canonical(peer),
            local: canonical(local),
            opened: now,
            proven: false,
            inbound: Vec::new(),
            outbound: Vec::new(),
            written: 0,
        })
    }

    /// Reads what is there into whole packets. `Ok(false)`: the other side closed.
    ///
    /// # Errors
    /// The connection failed, or carries something that is no framed packet.
    pub(crate) fn read(&mut self, packets: &mut Vec<Vec<u8>>) -> io::Result<bool> {
        let mut chunk = [0; 8192];
        let mut open = true;
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => {
                    open = false;
                    break;
                }
                Ok(length) => {
                    self.inbound.extend_from_slice(&chunk[..length]);
                    self.split(packets)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(open)
    }

    fn split(&mut self, packets: &mut Vec<Vec<u8>>) -> io::Result<()> {
        let mut at = 0;
        while let Some([high, low]) = self.inbound.get(at..at + 2) {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if length == 0 || length > MAX_FRAME {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            let Some(packet) = self.inbound.get(at + 2..at + 2 + length) else {
                break;
            };
            packets.push(packet.to_vec());
            at += 2 + length;
        }
        self.inbound.drain(..at);
        Ok(())
    }

    /// Queues a packet; `false` when the receiver is too slow and it is dropped.
    pub(crate) fn queue(&mut self, packet: &[u8]) -> bool {
        let waiting = self.outbound.len() - self.written;
        let Ok(length) = u16::try_from(packet.len()) else {
            return false;
        };
        if waiting + packet.len() + 2 > MAX_OUTBOUND {
            return false;
        }
        self.outbound.extend_from_slice(&length.to_be_bytes());
        self.outbound.extend_from_slice(packet);
        true
    }

    /// Writes what the kernel takes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while let Some(rest) = self
            .outbound
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match self.stream.write(rest) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero)),
                Ok(length) => self.written += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // What was written goes, so that the buffer stays bounded.
                    self.outbound.drain(..self.written);
                    self.written = 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.outbound.clear();
        self.written = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (TcpLink, std::net::TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let other = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, peer) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let link = TcpLink::new(TcpStream::from_std(stream), peer, Instant::now()).unwrap();
        (link, other)
    }

    fn read_until(link: &mut TcpLink, wanted: usize) -> io::Result<Vec<Vec<u8>>> {
        let mut packets = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(10);
        while packets.len() < wanted && Instant::now() < deadline {
            if !link.read(&mut packets)? {
                break;
            }
        }
        Ok(packets)
    }

    #[test]
    fn packets_are_found_whatever_the_pieces() {
        let (mut link, mut other) = pair();
        other.write_all(&[0, 3, 1, 2, 3, 0]).unwrap();
        assert_eq!(read_until(&mut link, 1).unwrap(), vec![vec![1, 2, 3]]);
        other.write_all(&[2, 9, 9]).unwrap();
        assert_eq!(read_until(&mut link, 1).unwrap(), vec![vec![9, 9]]);
    }

    #[test]
    fn nonsense_ends_the_connection() {
        let (mut link, mut other) = pair();
        other.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        assert!(read_until(&mut link, 1).is_err());
    }

    #[test]
    fn a_receiver_that_does_not_read_loses_packets_not_memory() {
        let (mut link, _other) = pair();
        let mut refused = false;
        for _ in 0..2000 {
            refused |= !link.queue(&[0; 1400]);
            link.flush().unwrap();
        }
        while link.queue(&[0; 1400]) {}
        assert!(refused || link.outbound.len() - link.written <= MAX_OUTBOUND);
    }
}
