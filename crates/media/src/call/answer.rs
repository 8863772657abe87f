//! Offer and answer (RFC 9429): from a session description to slots and sources.

use std::collections::HashMap;

use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::media::Mid;
use str0m::rtp::ExtensionMap;

use super::{Call, Granted, SlotState};
use crate::egress::SlotSender;
use crate::quality::{Reported, SentWindow};
use crate::redundancy::History;
use crate::sdp::{self, AddedStream, Section};
use crate::slot_stream::SlotStream;
use crate::types::{CallOpened, CallRefused, Content, Slot, SlotSection, VideoCodec};

impl Call {
    /// Answers a further offer of the same participant.
    pub(crate) fn answer(&mut self, offer: &str) -> Result<CallOpened, CallRefused> {
        let refused = |why: String| CallRefused::Offer(why);
        let sections = sdp::sections(offer).map_err(|e| refused(e.to_string()))?;
        let parsed = SdpOffer::from_sdp_string(offer).map_err(|e| refused(e.to_string()))?;
        self.restore_streams();
        let answer = self
            .rtc
            .sdp_api()
            .accept_offer(parsed)
            .map_err(|e| refused(e.to_string()))?;
        // An ICE restart (RFC 8445 section 9) brings new credentials.
        self.ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        self.sources = sources(&sections);
        self.announce_encodings(&sections);
        self.known.clear();
        let (streams, added) = self.take_streams(&sections);
        self.take_slots(&sections, &streams);
        Ok(CallOpened {
            answer: sdp::complete(&answer.to_sdp_string(), &sections, &added),
            slots: self
                .slots
                .iter()
                .map(|state| SlotSection {
                    slot: state.slot,
                    mid: state.mid.to_string(),
                })
                .collect(),
            decodes: self.decodes(),
        })
    }

    /// Lets str0m announce the streams again that its last answer announced.
    fn restore_streams(&mut self) {
        for state in &self.slots {
            let (ssrc, rtx) = state.sender.sources();
            if self.rtc.media(state.mid).is_some() {
                let mut api = self.rtc.direct_api();
                api.declare_stream_tx(ssrc.into(), rtx.map(Into::into), state.mid, None);
            }
        }
    }

    fn announce_encodings(&mut self, sections: &[Section]) {
        for (mid, content) in self.sources.clone() {
            let section = sections.iter().find(|s| Mid::from(s.mid.as_str()) == mid);
            let names = section.map_or(&[][..], |section| &section.encodings);
            let names = names.iter().map(|name| name.as_str().into());
            self.encodings(content).announce(names);
        }
    }

    /// Takes the streams that str0m has announced out of its hands: they are
    /// sent by [`crate::egress`]. str0m makes none in a section in which the
    /// other side sends simulcast and we send one stream; those are added.
    fn take_streams(&mut self, sections: &[Section]) -> (Vec<Stream>, Vec<AddedStream>) {
        let (mut streams, mut added) = (Vec::new(), Vec::new());
        let receives = |section: &&Section| section.receives && section.content.is_some();
        for section in sections.iter().filter(receives) {
            let mid: Mid = section.mid.as_str().into();
            if self.rtc.media(mid).is_none() {
                continue;
            }
            let mut api = self.rtc.direct_api();
            let announced = api.stream_tx_by_mid(mid, None);
            let announced = announced.map(|stream| (stream.ssrc(), stream.rtx()));
            let (ssrc, rtx) = announced.unwrap_or_else(|| {
                let (ssrc, rtx) = (api.new_ssrc(), api.new_ssrc());
                added.push(AddedStream {
                    mid: section.mid.clone(),
                    ssrc: *ssrc,
                    rtx: *rtx,
                });
                (ssrc, Some(rtx))
            });
            api.remove_stream_tx(ssrc);
            streams.push(Stream {
                mid,
                ssrc: *ssrc,
                rtx: rtx.map(|rtx| *rtx),
            });
        }
        (streams, added)
    }

    /// Keeps the slots whose section is still received in, and adds new ones.
    fn take_slots(&mut self, sections: &[Section], streams: &[Stream]) {
        let mut before = std::mem::take(&mut self.slots);
        let mut counted: HashMap<Content, u8> = HashMap::new();
        for section in sections.iter().filter(|section| section.receives) {
            let Some(content) = section.content else {
                continue;
            };
            let index = counted.entry(content).or_insert(0);
            let most = match content {
                Content::Audio => self.most_audio,
                Content::Main => self.most_video,
                Content::Slides => 1,
            };
            if *index >= most {
                continue;
            }
            let slot = Slot {
                content,
                index: *index,
            };
            *index += 1;
            let mid: Mid = section.mid.as_str().into();
            let Some((stream, media)) = streams
                .iter()
                .find(|stream| stream.mid == mid)
                .zip(self.rtc.media(mid))
            else {
                continue;
            };
            let kept = before
                .iter()
                .position(|old| old.mid == mid && old.slot == slot);
            let mut state = match kept {
                Some(at) => before.swap_remove(at),
                None => SlotState::new(slot, stream, media.cname(), media.remote_extmap()),
            };
            state.sender.extensions(media.remote_extmap());
            self.slots.push(state);
        }
    }

    /// What the receiver decodes. Without a section to receive video in,
    /// nothing limits the senders.
    fn decodes(&self) -> Vec<VideoCodec> {
        let video = self.slots.iter().find(|s| s.slot.content != Content::Audio);
        let Some(video) = video else {
            return vec![VideoCodec::Vp8, VideoCodec::H264];
        };
        let pts = self
            .rtc
            .media(video.mid)
            .map_or(&[][..], |m| m.remote_pts());
        let can = |codec: Codec| {
            let params = self.rtc.codec_config().params();
            params
                .iter()
                .any(|p| p.spec().codec == codec && pts.contains(&p.pt()))
        };
        let all = [
            (Codec::Vp8, VideoCodec::Vp8),
            (Codec::H264, VideoCodec::H264),
        ];
        all.into_iter()
            .filter(|(codec, _)| can(*codec))
            .map(|(_, name)| name)
            .collect()
    }
}

/// A stream that was announced.
struct Stream {
    mid: Mid,
    ssrc: u32,
    rtx: Option<u32>,
}

impl SlotState {
    fn new(slot: Slot, stream: &Stream, name: &str, extensions: &ExtensionMap) -> Self {
        let Stream { mid, ssrc, rtx } = *stream;
        let clock_rate = slot.content.clock_rate();
        // Any start below 2^15 will do; the section's name spreads them.
        let first = mid.to_string().bytes().fold(1_000u16, |n, byte| {
            n.wrapping_mul(31).wrapping_add(u16::from(byte)) & 0x3fff
        });
        Self {
            slot,
            mid,
            source: None,
            large: false,
            shown: None,
            granted: Granted::Undecided,
            stream: SlotStream::new(clock_rate, first),
            sender: SlotSender::new(ssrc, rtx, &mid.to_string(), name, clock_rate, extensions),
            payload_type: None,
            history: History::default(),
            sent: SentWindow::default(),
            reported: Reported::default(),
        }
    }
}

/// The sections the participant sends in: the first of each content counts.
fn sources(sections: &[Section]) -> Vec<(Mid, Content)> {
    let mut sources: Vec<(Mid, Content)> = Vec::new();
    for section in sections.iter().filter(|section| section.sends) {
        if let Some(content) = section.content
            && sources.iter().all(|(_, known)| *known != content)
        {
            sources.push((section.mid.as_str().into(), content));
        }
    }
    sources
}
