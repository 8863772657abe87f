//! What the hub must know of a video payload: whether a key frame begins.

use str0m::format::Codec;
use str0m::rtp::Vp8Descriptor;

/// The head of a video packet, read once for all who receive it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VideoHead {
    /// A decoder can begin with this packet.
    pub(crate) starts_key_frame: bool,
    /// The VP8 payload descriptor (RFC 7741 section 4.2).
    pub(crate) vp8: Option<Vp8Descriptor>,
}

impl VideoHead {
    /// Reads the head; `None` for a payload that is not of its codec.
    pub(crate) fn read(codec: Codec, payload: &[u8]) -> Option<Self> {
        match codec {
            Codec::Vp8 => {
                let descriptor = Vp8Descriptor::parse(payload).ok()?;
                Some(Self {
                    starts_key_frame: descriptor.starts_keyframe(payload),
                    vp8: Some(descriptor),
                })
            }
            Codec::H264 => Some(Self {
                starts_key_frame: h264_starts_key_frame(payload),
                vp8: None,
            }),
            _ => None,
        }
    }
}

const IDR: u8 = 5;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Whether the payload (RFC 6184 section 5.2) begins with what a decoder needs:
/// a sequence parameter set, or the first part of an IDR picture.
fn h264_starts_key_frame(payload: &[u8]) -> bool {
    let kind = |byte: u8| byte & 0x1f;
    let begins = |unit: u8| unit == SPS || unit == IDR;
    match payload {
        [first, size_high, size_low, rest @ ..] if kind(*first) == STAP_A => {
            let mut size = usize::from(u16::from_be_bytes([*size_high, *size_low]));
            let mut units = rest;
            loop {
                if units.first().is_some_and(|unit| begins(kind(*unit))) {
                    return true;
                }
                match units.get(size..) {
                    Some([high, low, next @ ..]) => {
                        size = usize::from(u16::from_be_bytes([*high, *low]));
                        units = next;
                    }
                    _ => return false,
                }
            }
        }
        [first, header, ..] if kind(*first) == FU_A => header & 0x80 != 0 && begins(kind(*header)),
        [first, ..] => begins(kind(*first)),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h264_key_frames_begin_with_parameter_sets_or_an_idr() {
        assert!(h264_starts_key_frame(&[0x67, 0x42]));
        assert!(h264_starts_key_frame(&[0x65, 0x88]));
        assert!(
            h264_starts_key_frame(&[0x7c, 0x85, 0]),
            "first part of an IDR"
        );
        assert!(!h264_starts_key_frame(&[0x7c, 0x05, 0]), "a later part");
        assert!(!h264_starts_key_frame(&[0x61, 0x9a]));
        let aggregate = [0x78, 0, 2, 0x06, 0x05, 0, 2, 0x67, 0x42];
        assert!(h264_starts_key_frame(&aggregate), "behind another unit");
        assert!(!h264_starts_key_frame(&aggregate[..5]));
        assert!(!h264_starts_key_frame(&[]));
        assert!(!h264_starts_key_frame(&[0x78, 0xff, 0xff]));
    }

    #[test]
    fn vp8_key_frames_are_told_by_their_first_byte() {
        let key = [0x90, 0x80, 0x81, 0x02, 0x00, 0x9d, 0x01, 0x2a];
        let head = VideoHead::read(Codec::Vp8, &key).unwrap();
        assert!(head.starts_key_frame);
        let delta = [0x90, 0x80, 0x81, 0x02, 0x01, 0x00];
        assert!(
            !VideoHead::read(Codec::Vp8, &delta)
                .unwrap()
                .starts_key_frame
        );
        assert!(VideoHead::read(Codec::Vp8, &[]).is_none());
    }
}
