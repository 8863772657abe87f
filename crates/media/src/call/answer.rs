//! Offer and answer (RFC 9429): from a session description to slots and sources.

use std::collections::HashMap;

use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::media::Mid;
use str0m::rtp::ExtensionMap;

use super::{Call, Granted, SlotState};
use crate::ceiling::Ceiling;
use crate::egress::{Egress, SlotSender};
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
        self.announce_streams(&sections);
        let accepted = self.rtc.sdp_api().accept_offer(parsed);
        // Also after a refusal, or str0m would hold on to what is sent here.
        let (streams, added) = self.take_streams(&sections);
        let answer = accepted.map_err(|e| refused(e.to_string()))?;
        // An ICE restart (RFC 8445 section 9) brings new credentials.
        self.ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        self.sources = sources(&sections);
        self.announce_encodings(&sections);
        self.known.clear();
        self.take_slots(&sections, &streams);
        let ceiling = Ceiling::of(self.quality);
        Ok(CallOpened {
            answer: sdp::complete(&answer.to_sdp_string(), &sections, &added, ceiling),
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

    /// Lets str0m announce the streams again that go on.
    fn announce_streams(&mut self, sections: &[Section]) {
        for state in &self.slots {
            let (ssrc, rtx) = state.sender.sources();
            let received = sections.iter().filter(|section| section.receives);
            let mut received = received.map(|section| Mid::from(section.mid.as_str()));
            let goes_on = received.any(|mid| mid == state.mid);
            if goes_on && self.rtc.media(state.mid).is_some() {
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
        let going_on = self.slots.iter().map(|state| state.sender.sources().0);
        let mut taken: Vec<u32> = going_on.collect();
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
            taken.push(*ssrc);
            streams.push(Stream {
                mid,
                ssrc: *ssrc,
                rtx: rtx.map(|rtx| *rtx),
            });
        }
        let mut api = self.rtc.direct_api();
        for ssrc in taken {
            api.remove_stream_tx(ssrc.into());
        }
        (streams, added)
    }

    /// Gives the sections that are received in their slots. A section keeps its
    /// stream, whichever slot that is in, until it is not received any more: what
    /// a receiver then still knows of the stream's numbers is its own affair, so
    /// another begins when it is again.
    fn take_slots(&mut self, sections: &[Section], streams: &[Stream]) {
        let mut before = std::mem::take(&mut self.slots);
        for (slot, mid) in self.places(sections) {
            let Some(media) = self.rtc.media(mid) else {
                continue;
            };
            let extensions = media.remote_extmap();
            let known = before.iter().position(|state| state.mid == mid);
            let state = match known {
                Some(at) => Some(before.swap_remove(at)),
                None => streams
                    .iter()
                    .find(|stream| stream.mid == mid)
                    .and_then(|stream| {
                        SlotState::new(slot, stream, &mut self.egress, media.cname(), extensions)
                    }),
            };
            if let Some(mut state) = state {
                state.take_place(slot);
                state.sender.extensions(extensions);
                self.slots.push(state);
            }
        }
        let ended = before.iter().map(|state| state.reported.lost);
        self.statistics.packets_lost_sent += ended.sum::<u64>();
    }

    /// The slots of an offer, and the sections they are in.
    fn places(&self, sections: &[Section]) -> Vec<(Slot, Mid)> {
        let mut counted: HashMap<Content, u8> = HashMap::new();
        let received = sections.iter().filter(|section| section.receives);
        let place = |section: &Section| {
            let content = section.content?;
            let most = match content {
                Content::Audio => self.most_audio,
                Content::Main => self.most_video,
                Content::Slides => 1,
            };
            let count = counted.entry(content).or_insert(0);
            let index = *count;
            *count += u8::from(index < most);
            (index < most).then(|| (Slot { content, index }, section.mid.as_str().into()))
        };
        received.filter_map(place).collect()
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
    /// `None` when the call has had the stream's source before.
    fn new(
        slot: Slot,
        stream: &Stream,
        egress: &mut Egress,
        name: &str,
        extensions: &ExtensionMap,
    ) -> Option<Self> {
        let Stream { mid, ssrc, rtx } = *stream;
        let clock_rate = slot.content.clock_rate();
        let source = egress.source(ssrc)?;
        let rtx = rtx.and_then(|rtx| egress.source(rtx));
        let section = mid.to_string();
        // Any start below 2^15 will do; the section's name spreads them.
        let first = section.bytes().fold(1_000u16, |n, byte| {
            n.wrapping_mul(31).wrapping_add(u16::from(byte)) & 0x3fff
        });
        Some(Self {
            slot,
            mid,
            source: None,
            large: false,
            shown: None,
            granted: Granted::Undecided,
            stream: SlotStream::new(clock_rate, first),
            sender: SlotSender::new(source, rtx, &section, name, clock_rate, extensions),
            payload_type: None,
            history: History::default(),
            sent: SentWindow::default(),
            reported: Reported::default(),
        })
    }

    /// Is in this slot from now on: the stream goes on, whom it carried counts no
    /// more.
    fn take_place(&mut self, slot: Slot) {
        if self.slot == slot {
            return;
        }
        self.slot = slot;
        self.source = None;
        self.large = false;
        self.shown = None;
        self.granted = Granted::Undecided;
        self.stream.clear();
        self.payload_type = None;
        self.history = History::default();
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
