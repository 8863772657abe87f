//! The TCP side of the media port (RFC 6544), for networks that let no UDP
//! through: the same packets, each behind its length (RFC 4571 section 2).

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::time::{Duration, Instant};

use mio::net::TcpStream;

/// Connections that have not proven to belong to a call, all workers together
/// in one worker's hands; the oldest makes place.
pub(crate) const MAX_STRANGERS: usize = 512;
/// How long a connection may take to prove it.
pub(crate) const STRANGER_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes that may wait for a slow receiver; what comes on top is dropped.
const MAX_OUTBOUND: usize = 512 << 10;
/// The shortest packet that means anything: an RTP header. The longest worth
/// reading: media stays below 1500 bytes, DTLS flights too.
const FRAMES: RangeInclusive<usize> = 12..=4096;
/// Bytes of the length in front of a packet.
const LENGTH: usize = 2;
/// Bytes taken from the kernel at once.
const CHUNK: usize = 8192;

/// What may still be read of a connection before others get a turn.
#[derive(Debug)]
pub(crate) struct Turn {
    packets: usize,
    bytes: usize,
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            packets: 64,
            bytes: 64 << 10,
        }
    }
}

/// What a connection has to be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    Packet(&'a [u8]),
    /// There may be more when the others had their turn.
    Later,
    /// Nothing whole until more comes.
    Nothing,
}

/// One connection.
pub(crate) struct TcpLink {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) opened: Instant,
    /// A call has accepted a check that came this way.
    pub(crate) proven: bool,
    /// In line to be read.
    pub(crate) in_line: bool,
    /// What was read, at most a packet and a chunk, and where the next packet begins.
    inbound: Vec<u8>,
    read: usize,
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
            in_line: false,
            inbound: Vec::new(),
            read: 0,
            outbound: Vec::new(),
            written: 0,
        })
    }

    /// The packet that is next, which stays so until [`Self::advance`].
    ///
    /// # Errors
    /// The connection failed, was closed, or carries something that is no framed
    /// packet.
    pub(crate) fn next(&mut self, turn: &mut Turn) -> io::Result<Next<'_>> {
        loop {
            if let Some(packet) = self.whole_packet()? {
                if turn.packets == 0 {
                    return Ok(Next::Later);
                }
                turn.packets -= 1;
                return Ok(Next::Packet(self.inbound.get(packet).unwrap_or_default()));
            }
            if turn.bytes == 0 {
                return Ok(Next::Later);
            }
            match self.fill() {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
                Ok(length) => turn.bytes = turn.bytes.saturating_sub(length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Next::Nothing);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on behind the packet that was next.
    pub(crate) fn advance(&mut self) {
        self.read += LENGTH + self.length().unwrap_or_default();
    }

    /// Where the next packet is, once all of it has come.
    fn whole_packet(&self) -> io::Result<Option<Range<usize>>> {
        let Some(length) = self.length() else {
            return Ok(None);
        };
        if !FRAMES.contains(&length) {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let start = self.read + LENGTH;
        let end = start + length;
        Ok((end <= self.inbound.len()).then_some(start..end))
    }

    fn length(&self) -> Option<usize> {
        let length = self.inbound.get(self.read..)?.first_chunk::<LENGTH>()?;
        Some(u16::from_be_bytes(*length).into())
    }

    /// Takes a chunk from the kernel, behind the piece of a packet that is here.
    fn fill(&mut self) -> io::Result<usize> {
        let mut chunk = [0; CHUNK];
        let length = self.stream.read(&mut chunk)?;
        self.inbound.drain(..self.read);
        self.read = 0;
        let bytes = chunk.get(..length).unwrap_or_default();
        self.inbound.extend_from_slice(bytes);
        Ok(length)
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
            if let Next::Packet(packet) = link.next(&mut Turn::default())? {
                packets.push(packet.to_vec());
                link.advance();
            }
        }
        Ok(packets)
    }

    fn framed(length: u16, filled: u8) -> Vec<u8> {
        let mut frame = length.to_be_bytes().to_vec();
        frame.resize(LENGTH + usize::from(length), filled);
        frame
    }

    #[test]
    fn packets_are_found_whatever_the_pieces() {
        let (mut link, mut other) = pair();
        let (one, two) = (framed(12, 1), framed(13, 9));
        other.write_all(&[&one[..], &two[..1]].concat()).unwrap();
        assert_eq!(read_until(&mut link, 1).unwrap(), vec![vec![1; 12]]);
        other.write_all(&two[1..]).unwrap();
        assert_eq!(read_until(&mut link, 1).unwrap(), vec![vec![9; 13]]);
    }

    #[test]
    fn nonsense_ends_the_connection() {
        for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], &framed(11, 0x80)] {
            let (mut link, mut other) = pair();
            other.write_all(nonsense).unwrap();
            assert!(read_until(&mut link, 1).is_err());
        }
    }

    #[test]
    fn a_flood_is_read_a_turn_at_a_time_and_none_of_it_is_lost_or_kept() {
        let (mut link, mut other) = pair();
        let frames: Vec<u8> = (0..=255).cycle().take(2000).collect();
        let flood = frames.iter().flat_map(|filled| framed(12, *filled));
        other.write_all(&flood.collect::<Vec<u8>>()).unwrap();
        let long = [framed(4096, 1).repeat(40), framed(12, 0)].concat();
        let writing = std::thread::spawn(move || other.write_all(&long).map(|()| other));
        let mut packets = Vec::new();
        let mut most = (0, 0);
        while packets.len() < 2041 {
            let (mut turn, mut taken) = (Turn::default(), (0, 0));
            while let Next::Packet(packet) = link.next(&mut turn).unwrap() {
                taken = (taken.0 + 1, taken.1 + packet.len());
                packets.push(packet[0]);
                link.advance();
            }
            most = (most.0.max(taken.0), most.1.max(taken.1));
            assert!(link.inbound.len() <= FRAMES.end() + LENGTH + CHUNK);
        }
        assert_eq!(packets[..2000], frames);
        assert!(most.0 <= 64 && most.1 <= (64 << 10) + 3 * CHUNK, "{most:?}");
        writing.join().unwrap().unwrap();
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
