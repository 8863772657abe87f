//! Which video codec a sender uses: a pure rule.

use vdx_media::VideoCodec;

/// VP8 is what every endpoint has. A sender uses H.264 only when it prefers to
/// and every receiver in the room decodes it: the hub forwards and does not
/// transcode.
#[must_use]
pub fn choose<'a>(
    prefers_h264: bool,
    receivers: impl IntoIterator<Item = &'a [VideoCodec]>,
) -> VideoCodec {
    let all = || {
        receivers
            .into_iter()
            .all(|decodes| decodes.contains(&VideoCodec::H264))
    };
    if prefers_h264 && all() {
        VideoCodec::H264
    } else {
        VideoCodec::Vp8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use VideoCodec::{H264, Vp8};

    #[test]
    fn h264_needs_the_wish_and_all_receivers() {
        let both: &[VideoCodec] = &[Vp8, H264];
        let vp8: &[VideoCodec] = &[Vp8];
        assert_eq!(choose(true, [both, both]), H264);
        assert_eq!(choose(true, []), H264);
        assert_eq!(choose(true, [both, vp8]), Vp8);
        assert_eq!(choose(false, [both, both]), Vp8);
    }
}
