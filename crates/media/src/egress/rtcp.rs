//! RTCP about what this side sends (RFC 3550, RFC 4585, RFC 5104): what
//! receivers report and ask for, and the sender reports they get.

/// Most reports and requests read of one datagram: more reports than it holds, and
/// requests enough to have all sent again that is kept of four streams.
const MAX_ITEMS: usize = 128;

/// Something a receiver says about a stream it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feedback<'a> {
    /// How a stream arrives.
    Reception(Reception),
    /// Packets are missing: the first, and a bit for each of the 16 that follow (RFC 4585 section 6.2.1).
    Missing {
        ssrc: u32,
        first: u16,
        following: u16,
    },
    /// The picture cannot be decoded (PLI, FIR).
    PictureLost { ssrc: u32 },
    /// When packets of all streams arrived, from the base sequence number on
    /// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    Arrivals(&'a [u8]),
    /// What fits, bits a second (draft-alvestrand-rmcat-remb-03).
    Fits(u64),
}

/// A reception report block (RFC 3550 section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    /// Packets that never came, since the beginning.
    pub(crate) lost: u32,
    /// Extended highest sequence number received.
    pub(crate) highest: u32,
    /// In ticks of the stream's clock.
    pub(crate) jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time; 0 = none came.
    pub(crate) last_report: u32,
    /// Since then, in 1/65536 s.
    pub(crate) delay: u32,
}

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const BLOCK: usize = 24;

/// Reads a compound packet and hands over what is about sent streams. `true`
/// when it also holds what the receiving side needs.
pub(crate) fn read<'a>(packet: &'a [u8], mut each: impl FnMut(Feedback<'a>)) -> bool {
    let mut for_receiving = false;
    let mut left = MAX_ITEMS;
    let mut hand_over = |feedback| {
        if left > 0 {
            left -= 1;
            each(feedback);
        }
    };
    let mut rest = packet;
    while let Some(([first, kind, high, low], _)) = rest.split_first_chunk::<4>() {
        let length = (usize::from(u16::from_be_bytes([*high, *low])) + 1) * 4;
        let Some((one, next)) = rest.split_at_checked(length) else {
            break;
        };
        let count = first & 0x1f;
        match (*kind, count) {
            (SENDER_REPORT, _) => {
                for_receiving = true;
                blocks(one.get(28..), count, &mut hand_over);
            }
            (RECEIVER_REPORT, _) => blocks(one.get(8..), count, &mut hand_over),
            (TRANSPORT_FEEDBACK, 1) => missing(one, &mut hand_over),
            (TRANSPORT_FEEDBACK, 15) => {
                if let Some(body) = one.get(12..) {
                    hand_over(Feedback::Arrivals(body));
                }
            }
            (PAYLOAD_FEEDBACK, 1) => {
                if let Some(ssrc) = number(one, 8) {
                    hand_over(Feedback::PictureLost { ssrc });
                }
            }
            (PAYLOAD_FEEDBACK, 4) => {
                for request in one.get(12..).unwrap_or_default().chunks_exact(8) {
                    if let Some(ssrc) = number(request, 0) {
                        hand_over(Feedback::PictureLost { ssrc });
                    }
                }
            }
            (PAYLOAD_FEEDBACK, 15) => {
                if let Some(bits) = fits(one) {
                    hand_over(Feedback::Fits(bits));
                }
            }
            _ => for_receiving = true,
        }
        rest = next;
    }
    for_receiving
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

fn blocks<'a>(bytes: Option<&[u8]>, count: u8, each: &mut impl FnMut(Feedback<'a>)) {
    let blocks = bytes.unwrap_or_default().chunks_exact(BLOCK);
    for block in blocks.take(count.into()) {
        let read = |at| number(block, at).unwrap_or_default();
        // The first byte is the fraction lost, which follows from the sums. A
        // negative sum, where more came than was sent, counts as none.
        let lost = read(4) & 0x00ff_ffff;
        each(Feedback::Reception(Reception {
            ssrc: read(0),
            lost: if lost >> 23 == 1 { 0 } else { lost },
            highest: read(8),
            jitter: read(12),
            last_report: read(16),
            delay: read(20),
        }));
    }
}

fn missing<'a>(packet: &[u8], each: &mut impl FnMut(Feedback<'a>)) {
    let Some(ssrc) = number(packet, 8) else {
        return;
    };
    for entry in packet.get(12..).unwrap_or_default().chunks_exact(4) {
        let entry = number(entry, 0).unwrap_or_default();
        each(Feedback::Missing {
            ssrc,
            first: (entry >> 16) as u16,
            following: entry as u16,
        });
    }
}

fn fits(packet: &[u8]) -> Option<u64> {
    let name = packet.get(12..16)?;
    let value = number(packet, 16)? & 0x00ff_ffff;
    let bits = u64::from(value & 0x3_ffff).checked_shl(value >> 18)?;
    (name == b"REMB").then_some(bits)
}

/// A sender report (RFC 3550 section 6.4.1) of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SenderReport {
    pub(crate) ssrc: u32,
    /// 32 bits of seconds, 32 bits of fraction. All reports of this process
    /// count from one moment, which need not be 1900.
    pub(crate) ntp: u64,
    pub(crate) timestamp: u32,
    pub(crate) packets: u32,
    pub(crate) bytes: u32,
}

impl SenderReport {
    /// Bytes of a report with its stream's canonical name.
    pub(crate) const MAX_LENGTH: usize = 28 + 12 + MAX_NAME + 4;

    /// Appends the report and the stream's canonical name.
    pub(crate) fn write(&self, name: &str, out: &mut Vec<u8>) {
        out.extend([0x80, SENDER_REPORT, 0, 6]);
        out.extend(self.ssrc.to_be_bytes());
        out.extend(self.ntp.to_be_bytes());
        out.extend(self.timestamp.to_be_bytes());
        out.extend(self.packets.to_be_bytes());
        out.extend(self.bytes.to_be_bytes());
        let name = name.as_bytes();
        let name = name.get(..MAX_NAME).unwrap_or(name);
        // The list of items ends with at least one zero, on a word's border.
        let words = (4 + 2 + name.len()) / 4 + 1;
        out.extend([0x81, SOURCE_DESCRIPTION, 0, words as u8]);
        out.extend(self.ssrc.to_be_bytes());
        out.extend([1, name.len() as u8]);
        out.extend(name);
        out.resize(out.len() + words * 4 - 6 - name.len(), 0);
    }
}

/// Longest canonical name written.
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(packet: &[u8]) -> (Vec<Feedback<'_>>, bool) {
        let mut items = Vec::new();
        let more = read(packet, |item| items.push(item));
        (items, more)
    }

    #[test]
    fn reports_and_requests_are_told_apart() {
        let mut packet = vec![0x81, 201, 0, 7, 0, 0, 0, 1];
        packet.extend([
            0, 0, 0, 9, 25, 0, 0, 7, 0, 1, 0, 5, 0, 0, 0, 90, 1, 2, 3, 4, 0, 0, 1, 0,
        ]);
        packet.extend([0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 40, 0, 3]);
        packet.extend([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9]);
        packet.extend([
            0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0,
        ]);
        packet.extend([0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0]);
        packet.extend(b"REMB");
        packet.extend([1, 0b0000_1000 | 1, 0, 0, 0, 0, 0, 9]);
        let (items, more) = all(&packet);
        assert!(!more);
        let expected = [
            Feedback::Reception(Reception {
                ssrc: 9,
                lost: 7,
                highest: 0x1_0005,
                jitter: 90,
                last_report: 0x0102_0304,
                delay: 256,
            }),
            Feedback::Missing {
                ssrc: 9,
                first: 40,
                following: 3,
            },
            Feedback::PictureLost { ssrc: 9 },
            Feedback::PictureLost { ssrc: 8 },
            Feedback::Fits(65_536 << 2),
        ];
        assert_eq!(items, expected);
    }

    #[test]
    fn what_the_receiving_side_needs_is_told() {
        let report = SenderReport {
            ssrc: 7,
            ntp: 1 << 40,
            timestamp: 9,
            packets: 10,
            bytes: 11,
        };
        for name in ["", "a", "ab", "abc", "abcd", &"x".repeat(80)] {
            let mut packet = Vec::new();
            report.write(name, &mut packet);
            assert!(packet.len() <= SenderReport::MAX_LENGTH);
            assert_eq!(packet.len() % 4, 0);
            let words = usize::from(u16::from_be_bytes([packet[30], packet[31]]));
            assert_eq!(packet.len(), 28 + 4 + words * 4);
            assert_eq!(packet.last(), Some(&0));
            assert_eq!(all(&packet), (vec![], true));
        }
    }

    #[test]
    fn nothing_that_lies_about_its_length_is_believed() {
        assert_eq!(all(&[]), (vec![], false));
        assert_eq!(all(&[0x81, 201, 0, 90, 0, 0, 0, 1]), (vec![], false));
        assert_eq!(all(&[0x9f, 201, 0, 1, 0, 0, 0, 1]), (vec![], false));
        assert_eq!(all(&[0x81, 205, 0, 0]), (vec![], false));
        assert_eq!(
            all(&[0x8f, 206, 0, 0, 0x8f, 205, 0, 1, 0, 0, 0, 0]),
            (vec![], false)
        );
    }
}
