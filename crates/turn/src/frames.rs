//! Messages in a stream: STUN says its length, and so does channel data, which
//! is padded to four bytes (RFC 8656 section 12.5).

/// The longest message that is worth reading: media stays below 1500 bytes.
const MAX_FRAME: usize = 4096;

/// The stream carries something else than TURN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotTurn;

/// Bytes of a stream, as they come.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    taken: usize,
}

impl Frames {
    /// Adds what was read.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, without padding.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, NotTurn> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let [kind, _, high, low, ..] = rest else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        // RFC 7983: STUN begins with 0 to 3, channel data with 64 to 79.
        let (length, on_the_wire) = match kind {
            0..=3 if length.is_multiple_of(4) => (20 + length, 20 + length),
            64..=79 => (4 + length, padded(4 + length)),
            _ => return Err(NotTurn),
        };
        if length > MAX_FRAME {
            return Err(NotTurn);
        }
        if rest.len() < on_the_wire {
            return Ok(None);
        }
        let frame = rest.get(..length).map(<[u8]>::to_vec);
        self.taken += on_the_wire;
        Ok(frame)
    }
}

/// A message as it goes into a stream.
pub(crate) fn pad(mut message: Vec<u8>) -> Vec<u8> {
    message.resize(padded(message.len()), 0);
    message
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUN: [u8; 24] = [
        0, 1, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ];
    const CHANNEL: [u8; 12] = [0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0];

    #[test]
    fn messages_are_found_whatever_the_pieces() {
        let stream = [&STUN[..], &CHANNEL, &STUN].concat();
        for size in 1..stream.len() {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                frames.add(piece);
                while let Some(frame) = frames.next().unwrap() {
                    found.push(frame);
                }
            }
            assert_eq!(found, [&STUN[..], &CHANNEL[..9], &STUN], "{size}");
        }
    }

    #[test]
    fn what_is_no_turn_ends_the_stream() {
        for bytes in [
            &b"GET / HTTP/1.1"[..],
            &[0x40, 0, 0xff, 0xff],
            &[22, 3, 1, 0],
        ] {
            let mut frames = Frames::default();
            frames.add(bytes);
            assert_eq!(frames.next(), Err(NotTurn), "{bytes:?}");
        }
    }

    #[test]
    fn channel_data_is_padded() {
        assert_eq!(pad(CHANNEL[..9].to_vec()), CHANNEL);
        assert_eq!(pad(STUN.to_vec()), STUN);
    }
}
