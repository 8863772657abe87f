//! What the hub must know of a video payload: whether a key frame begins.

use str0m::format::Codec;
use str0m::rtp::Vp8Descriptor;

use crate::sps;

/// The head of a video packet, read once for all who receive it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VideoHead {
    /// A decoder can begin with this packet.
    pub(crate) starts_key_frame: bool,
    /// Rows of the picture, where the packet says it.
    pub(crate) height: Option<u16>,
    /// The VP8 payload descriptor (RFC 7741 section 4.2).
    pub(crate) vp8: Option<Vp8Descriptor>,
}

impl VideoHead {
    /// Reads the head; `None` for a payload that is not of its codec.
    pub(crate) fn read(codec: Codec, payload: &[u8]) -> Option<Self> {
        match codec {
            Codec::Vp8 => {
                let descriptor = Vp8Descriptor::parse(payload).ok()?;
                let starts_key_frame = descriptor.starts_keyframe(payload);
                Some(Self {
                    starts_key_frame,
                    height: starts_key_frame.then(|| vp8_height(payload)).flatten(),
                    vp8: Some(descriptor),
                })
            }
            Codec::H264 => Some(Self {
                starts_key_frame: h264_starts_key_frame(payload),
                height: h264_height(payload),
                vp8: None,
            }),
            _ => None,
        }
    }
}

/// The rows of a VP8 key frame, from the payload of its first packet: behind
/// the descriptor (RFC 7741 section 4.2) stand a tag of three bytes, the start
/// code, the width and the height (RFC 6386 section 9.1).
fn vp8_height(payload: &[u8]) -> Option<u16> {
    let (&required, mut rest) = payload.split_first()?;
    if required & 0x80 != 0 {
        let (&extended, behind) = rest.split_first()?;
        rest = behind;
        if extended & 0x80 != 0 {
            let long = *rest.first()? & 0x80 != 0;
            rest = rest.get(if long { 2 } else { 1 }..)?;
        }
        let tl0 = usize::from(extended & 0x40 != 0);
        let tid_or_key = usize::from(extended & 0x30 != 0);
        rest = rest.get(tl0 + tid_or_key..)?;
    }
    let start_code = rest.get(3..6)? == [0x9d, 0x01, 0x2a];
    let height = u16::from_le_bytes(rest.get(8..10)?.try_into().ok()?);
    // The two highest bits say how to scale.
    start_code.then_some(height & 0x3fff)
}

/// VP8 ids as a receiver shall see them (RFC 7741 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureIds {
    /// 15 bits.
    pub(crate) picture: Option<u16>,
    pub(crate) tl0: Option<u8>,
}

impl PictureIds {
    /// Writes the ids over those of a payload, where it has them. A 7-bit
    /// picture id keeps its width.
    pub(crate) fn write(self, payload: &mut [u8]) {
        let extended = payload.first().is_some_and(|first| first & 0x80 != 0);
        let Some(flags) = payload.get(1).copied().filter(|_| extended) else {
            return;
        };
        let mut at = 2;
        if flags & 0x80 != 0 {
            let wide = payload.get(at).is_some_and(|first| first & 0x80 != 0);
            match (self.picture, payload.get_mut(at..)) {
                (Some(id), Some([high, low, ..])) if wide => {
                    [*high, *low] = (id | 0x8000).to_be_bytes();
                }
                (Some(id), Some([narrow, ..])) if !wide => *narrow = (id & 0x7f) as u8,
                _ => {}
            }
            at += if wide { 2 } else { 1 };
        }
        if flags & 0x40 != 0
            && let (Some(tl0), Some(place)) = (self.tl0, payload.get_mut(at))
        {
            *place = tl0;
        }
    }
}

const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

const fn kind(header: u8) -> u8 {
    header & 0x1f
}

/// Whether the payload (RFC 6184 section 5.2) begins with what a decoder needs: a
/// sequence parameter set. An IDR picture without it is for those who have it
/// already; before whoever begins it comes in band (RFC 7742 section 6.2).
fn h264_starts_key_frame(payload: &[u8]) -> bool {
    let begins = |header: u8| kind(header) == SPS;
    match payload {
        [first, header, ..] if kind(*first) == FU_A => header & 0x80 != 0 && begins(*header),
        _ => units(payload).any(|unit| unit.first().is_some_and(|header| begins(*header))),
    }
}

/// The rows of the picture, where the payload has a sequence parameter set.
fn h264_height(payload: &[u8]) -> Option<u16> {
    units(payload).find_map(|unit| match unit {
        [header, parameter_set @ ..] if kind(*header) == SPS => sps::height(parameter_set),
        _ => None,
    })
}

/// The whole units of a payload: those of an aggregate (RFC 6184 section 5.7.1),
/// or the one it is.
fn units(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut alone = Some(payload);
    let mut aggregated = match payload {
        [first, rest @ ..] if kind(*first) == STAP_A => {
            alone = None;
            rest
        }
        _ => &[],
    };
    std::iter::from_fn(move || {
        let [high, low, rest @ ..] = aggregated else {
            return alone.take();
        };
        let size = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (unit, behind) = rest.split_at(size);
        aggregated = behind;
        Some(unit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h264_key_frames_begin_with_parameter_sets() {
        assert!(h264_starts_key_frame(&[0x67, 0x42]));
        assert!(h264_starts_key_frame(&[0x7c, 0x87, 0]), "first part of one");
        assert!(!h264_starts_key_frame(&[0x7c, 0x07, 0]), "a later part");
        assert!(!h264_starts_key_frame(&[0x65, 0x88]), "a bare picture");
        assert!(!h264_starts_key_frame(&[0x7c, 0x85, 0]), "its first part");
        assert!(!h264_starts_key_frame(&[0x61, 0x9a]));
        let aggregate = [0x78, 0, 2, 0x06, 0x05, 0, 2, 0x67, 0x42];
        assert!(h264_starts_key_frame(&aggregate), "behind another unit");
        assert!(!h264_starts_key_frame(&aggregate[..5]));
        assert_eq!(h264_height(&aggregate), None, "no whole parameter set");
        let set = [
            0x67, 0x42, 0xc0, 0x1e, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0,
        ];
        let set = [&set[..], &[0x0f, 0x08, 0x84, 0x6a]].concat();
        assert_eq!(h264_height(&set), Some(360));
        assert_eq!(h264_height(&[&[0x78, 0, 15], &set[..]].concat()), Some(360));
        assert!(!h264_starts_key_frame(&[]));
        assert!(!h264_starts_key_frame(&[0x78, 0xff, 0xff]));
    }

    #[test]
    fn vp8_ids_are_written_where_they_are() {
        let ids = PictureIds {
            picture: Some(0x1234),
            tl0: Some(9),
        };
        let written = |payload: &[u8]| {
            let mut payload = payload.to_vec();
            ids.write(&mut payload);
            payload
        };
        assert_eq!(
            written(&[0x90, 0xc0, 0x80, 0, 0, 0]),
            [0x90, 0xc0, 0x92, 0x34, 9, 0],
            "wide id and TL0PICIDX"
        );
        assert_eq!(written(&[0x90, 0xc0, 1, 2, 3]), [0x90, 0xc0, 0x34, 9, 3]);
        assert_eq!(written(&[0x90, 0x40, 1, 2]), [0x90, 0x40, 9, 2]);
        assert_eq!(
            written(&[0x10, 0xc0, 1, 2]),
            [0x10, 0xc0, 1, 2],
            "no extension"
        );
        for short in [&[][..], &[0x90], &[0x90, 0xc0], &[0x90, 0xc0, 0x80]] {
            written(short);
        }
    }

    #[test]
    fn vp8_key_frames_are_told_by_their_first_byte() {
        let key = [0x90, 0x80, 0x81, 0x02, 0x00, 0x9d, 0x01, 0x2a];
        let head = VideoHead::read(Codec::Vp8, &key).unwrap();
        assert!(head.starts_key_frame);
        assert_eq!(head.height, None, "cut off");
        let key = [
            0x90, 0x80, 0x81, 0x02, 0x00, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x42,
        ];
        let head = VideoHead::read(Codec::Vp8, &key).unwrap();
        assert_eq!(head.height, Some(720));
        let delta = [0x90, 0x80, 0x81, 0x02, 0x01, 0x00];
        assert!(
            !VideoHead::read(Codec::Vp8, &delta)
                .unwrap()
                .starts_key_frame
        );
        assert!(VideoHead::read(Codec::Vp8, &[]).is_none());
    }

    #[test]
    fn vp8_key_frames_tell_their_height() {
        let frame = [
            0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x41, 0,
        ];
        for descriptor in [
            &[0x10][..],
            &[0x90, 0x80, 0x12],
            &[0x90, 0x80, 0x92, 0x34],
            &[0x90, 0xe0, 0x92, 0x34, 7, 0x20],
        ] {
            let payload = [descriptor, &frame].concat();
            let head = VideoHead::read(Codec::Vp8, &payload).unwrap();
            assert_eq!(head.height, Some(360), "{descriptor:x?}");
            for length in 0..payload.len() - 1 {
                let head = VideoHead::read(Codec::Vp8, &payload[..length]);
                assert_eq!(head.and_then(|head| head.height), None, "cut to {length}");
            }
        }
    }
}
