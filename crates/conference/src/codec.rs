//! Which video codec a sender uses: a pure rule.
//!
//! VP8 is what every endpoint has. A sender uses H.264 only when it prefers to
//! and every other in the room decodes it: the hub forwards and does not
//! transcode.

use vdx_domain::ParticipantId;
use vdx_media::VideoCodec;

/// What the receivers of a room decode, looked at once for all senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receivers {
    /// The first who does not decode H.264.
    without_h264: Option<ParticipantId>,
    /// There is another.
    more: bool,
}

impl Receivers {
    /// Of everybody inside, with what they decode.
    #[must_use]
    pub fn of<'a>(everybody: impl Iterator<Item = (ParticipantId, &'a [VideoCodec])>) -> Self {
        let mut without = everybody.filter(|(_, decodes)| !decodes.contains(&VideoCodec::H264));
        Self {
            without_h264: without.next().map(|(who, _)| who),
            more: without.next().is_some(),
        }
    }

    /// The codec that `sender` uses for the others.
    #[must_use]
    pub fn codec_from(self, sender: ParticipantId, prefers_h264: bool) -> VideoCodec {
        let other_without = self.more || self.without_h264.is_some_and(|who| who != sender);
        if prefers_h264 && !other_without {
            VideoCodec::H264
        } else {
            VideoCodec::Vp8
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use VideoCodec::{H264, Vp8};

    #[test]
    fn h264_needs_the_wish_and_all_others() {
        let [a, b, c] = [(); 3].map(|()| ParticipantId::generate());
        let both: &[VideoCodec] = &[Vp8, H264];
        let vp8: &[VideoCodec] = &[Vp8];
        let all = Receivers::of([(a, both), (b, both)].into_iter());
        assert_eq!(all.codec_from(a, true), H264);
        assert_eq!(all.codec_from(a, false), Vp8);
        assert_eq!(Receivers::of([].into_iter()).codec_from(a, true), H264);
        let one = Receivers::of([(a, both), (b, vp8), (c, both)].into_iter());
        assert_eq!(one.codec_from(a, true), Vp8);
        assert_eq!(one.codec_from(b, true), H264, "the others decode it");
        let two = Receivers::of([(a, vp8), (b, vp8)].into_iter());
        assert_eq!(two.codec_from(a, true), Vp8);
    }
}
