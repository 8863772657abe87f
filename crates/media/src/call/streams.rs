//! Which stream of the participant is which.

use str0m::media::Rid;

use super::Call;
use crate::types::Content;

/// Streams of a participant remembered: layers, sound, a presentation, and what changed.
const MAX_KNOWN: usize = 32;

/// A stream of the participant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    ssrc: u32,
    pub(super) content: Content,
    pub(super) rid: Option<Rid>,
}

impl Call {
    /// Whose stream a packet is of.
    pub(super) fn known(&mut self, ssrc: u32) -> Option<Known> {
        if let Some(known) = self.known.iter().find(|known| known.ssrc == ssrc) {
            return Some(*known);
        }
        // Looking at a stream makes str0m think that it was changed, which costs.
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc.into())?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let mut sources = self.sources.iter();
        let (_, content) = *sources.find(|(source, _)| *source == mid)?;
        let known = Known { ssrc, content, rid };
        if self.known.len() < MAX_KNOWN {
            self.known.push(known);
        }
        Some(known)
    }
}
