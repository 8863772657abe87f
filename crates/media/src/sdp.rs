//! The little of a session description (RFC 8866) that str0m does not tell:
//! which section carries which content, and in which order codecs are wanted.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::ceiling::Ceiling;
use crate::types::{CallRefused, Content};

/// Most bytes of an offer.
pub(crate) const MAX_BYTES: usize = 128 * 1024;
/// Most media sections of an offer: all slots of all contents, and data.
pub(crate) const MAX_SECTIONS: usize = 128;

/// Most bytes of a description that passes between two clients: three sections
/// with every codec of a browser are a third of it.
pub const MAX_RELAYED_BYTES: usize = 32 * 1024;

/// Most encodings of one section.
const MAX_ENCODINGS: usize = 8;

/// A media section of an offer, seen from the one who offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// `a=mid` (RFC 9143).
    pub(crate) mid: String,
    /// Audio, camera or presentation; `None` for anything else.
    pub(crate) content: Option<Content>,
    /// The participant sends in this section.
    pub(crate) sends: bool,
    /// The participant receives in this section.
    pub(crate) receives: bool,
    /// The names of the encodings the participant may send (`a=simulcast`,
    /// RFC 8853), in its order; empty where it sends one.
    pub(crate) encodings: Vec<String>,
}

/// Why an offer is refused before str0m sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SdpError {
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("it has more than {MAX_SECTIONS} media sections")]
    TooManySections,
    #[error("it has no media section")]
    NoSections,
    #[error("a media section has no a=mid")]
    NoMid,
    #[error("it is longer than {MAX_RELAYED_BYTES} bytes, too long for direct media")]
    TooLongToRelay,
    #[error("it is no session description: every line is a letter, = and a value (RFC 8866)")]
    NotSdp,
    #[error("it has no a=fingerprint: media without encryption is not relayed")]
    NoFingerprint,
}

/// A session description on its way from one client to another, which the engine
/// only looks at: readable, at most [`MAX_RELAYED_BYTES`], and of encrypted media
/// (DTLS-SRTP, RFC 5763). `Debug` does not show it: it has addresses and keys.
#[derive(Clone, PartialEq, Eq)]
pub struct RelayedDescription(Arc<str>);

impl RelayedDescription {
    /// Takes an offer or an answer. What it says of media is the two clients'
    /// affair: they may know more than the engine does.
    ///
    /// # Errors
    /// [`CallRefused::Offer`] with what is wrong.
    pub fn read(text: &str) -> Result<Self, CallRefused> {
        relayable(text).map_err(|e| CallRefused::Offer(e.to_string()))?;
        Ok(Self(text.into()))
    }

    /// The text, as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RelayedDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayedDescription(…)")
    }
}

/// Every section is encrypted: by a fingerprint of its own or of the session.
fn relayable(text: &str) -> Result<(), SdpError> {
    if text.len() > MAX_RELAYED_BYTES {
        return Err(SdpError::TooLongToRelay);
    }
    let is_line = |line: &str| {
        let letter = line.bytes().next();
        letter.is_some_and(|letter| letter.is_ascii_lowercase()) && line.get(1..2) == Some("=")
    };
    if !text.starts_with("v=0") || !text.lines().all(is_line) {
        return Err(SdpError::NotSdp);
    }
    sections(text)?;
    let has_fingerprint = |line: &str| line.starts_with("a=fingerprint:");
    let mut session = text.lines().take_while(|line| !line.starts_with("m="));
    let blocks = media_blocks(text);
    let mut blocks = blocks.iter();
    let encrypted = session.any(has_fingerprint)
        || blocks.all(|block| block.iter().copied().any(has_fingerprint));
    encrypted.then_some(()).ok_or(SdpError::NoFingerprint)
}

/// The sections of an offer, in order.
pub(crate) fn sections(offer: &str) -> Result<Vec<Section>, SdpError> {
    if offer.len() > MAX_BYTES {
        return Err(SdpError::TooLong);
    }
    let blocks: Vec<Vec<&str>> = media_blocks(offer);
    if blocks.is_empty() {
        return Err(SdpError::NoSections);
    }
    if blocks.len() > MAX_SECTIONS {
        return Err(SdpError::TooManySections);
    }
    blocks.iter().map(|block| section(block)).collect()
}

fn media_blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        if line.starts_with("m=") {
            blocks.push(vec![line]);
        } else if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    blocks
}

fn section(block: &[&str]) -> Result<Section, SdpError> {
    let mid = block
        .iter()
        .find_map(|line| line.strip_prefix("a=mid:"))
        .ok_or(SdpError::NoMid)?;
    let slides = block.contains(&"a=content:slides");
    let content = match block.first() {
        Some(m) if m.starts_with("m=audio ") => Some(Content::Audio),
        Some(m) if m.starts_with("m=video ") && slides => Some(Content::Slides),
        Some(m) if m.starts_with("m=video ") => Some(Content::Main),
        _ => None,
    };
    // Without a direction a section is sendrecv (RFC 8866 section 6.7).
    let (sends, receives) = block
        .iter()
        .find_map(|line| match *line {
            "a=sendrecv" => Some((true, true)),
            "a=sendonly" => Some((true, false)),
            "a=recvonly" => Some((false, true)),
            "a=inactive" => Some((false, false)),
            _ => None,
        })
        .unwrap_or((true, true));
    Ok(Section {
        mid: mid.trim().to_owned(),
        content,
        sends,
        receives,
        encodings: encodings(block),
    })
}

/// The alternatives of `a=simulcast:send`, of which the first counts: `a;b,c`
/// are the encodings a and b. A `~` says that an encoding is paused at first.
fn encodings(block: &[&str]) -> Vec<String> {
    let simulcast = block
        .iter()
        .find_map(|line| line.strip_prefix("a=simulcast:"));
    let mut words = simulcast.unwrap_or_default().split_ascii_whitespace();
    let Some(_) = words.by_ref().find(|word| *word == "send") else {
        return Vec::new();
    };
    let streams = words.next().unwrap_or_default().split(';');
    let first = streams.filter_map(|stream| stream.split(',').next());
    first
        .map(|rid| rid.trim_start_matches('~').to_owned())
        .filter(|rid| !rid.is_empty())
        .take(MAX_ENCODINGS)
        .collect()
}

/// A stream that is sent and that the answer does not announce by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedStream {
    pub(crate) mid: String,
    pub(crate) ssrc: u32,
    pub(crate) rtx: u32,
}

/// The answer with `a=content:slides` (RFC 4796) in the sections that carry
/// presentations, as clients match their sections by it, with the sources
/// (RFC 5576) of the streams that were added, and with the ceiling for cameras in
/// the sections that the participant sends one in.
pub(crate) fn complete(
    answer: &str,
    offered: &[Section],
    added: &[AddedStream],
    ceiling: Ceiling,
) -> String {
    let mut completed = String::with_capacity(answer.len() + 256);
    let session = answer.lines().take_while(|line| !line.starts_with("m="));
    for line in session {
        completed.extend([line, "\r\n"]);
    }
    for block in media_blocks(answer) {
        let mid = block.iter().find_map(|line| line.strip_prefix("a=mid:"));
        let section = offered.iter().find(|s| Some(s.mid.as_str()) == mid);
        let content = section.and_then(|section| section.content);
        let is_camera =
            section.is_some_and(|section| section.sends) && content == Some(Content::Main);
        let ceiling = is_camera.then_some(ceiling);
        let mut bandwidth = ceiling.map(Ceiling::bandwidth);
        for line in block {
            if line.starts_with("a=") {
                completed.extend(bandwidth.take());
            }
            match ceiling {
                Some(ceiling) => completed.push_str(&ceiling.applied(line)),
                None => completed.push_str(line),
            }
            completed.push_str("\r\n");
            if !line.starts_with("a=mid:") {
                continue;
            }
            if content == Some(Content::Slides) {
                completed.push_str("a=content:slides\r\n");
            }
            for AddedStream { mid, ssrc, rtx } in added.iter().filter(|s| Some(&*s.mid) == mid) {
                // Writing to a String cannot fail.
                let _ = write!(
                    completed,
                    "a=ssrc-group:FID {ssrc} {rtx}\r\na=ssrc:{ssrc} cname:slot-{mid}\r\na=ssrc:{rtx} cname:slot-{mid}\r\n"
                );
            }
        }
    }
    completed
}

#[cfg(test)]
mod tests {
    use vdx_domain::VmrQuality;

    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendrecv\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=recvonly\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:3\r\na=content:slides\r\na=inactive\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:4\r\n";

    #[test]
    fn sections_are_told_apart_by_content_and_direction() {
        let read: Vec<_> = sections(OFFER)
            .unwrap()
            .into_iter()
            .map(|s| (s.mid, s.content, s.sends, s.receives))
            .collect();
        let expected = [
            ("0", Some(Content::Audio), true, true),
            ("1", Some(Content::Main), true, true),
            ("2", Some(Content::Main), false, true),
            ("3", Some(Content::Slides), false, false),
            ("4", None, true, true),
        ];
        assert_eq!(
            read,
            expected
                .map(|(mid, c, s, r)| (mid.to_owned(), c, s, r))
                .to_vec()
        );
    }

    #[test]
    fn the_encodings_of_a_camera_are_named() {
        let named = |line: &str| {
            let offer = format!("v=0\r\nm=video 9 X 96\r\na=mid:0\r\n{line}\r\n");
            sections(&offer).unwrap().remove(0).encodings
        };
        assert_eq!(named("a=simulcast:send l;m;h"), ["l", "m", "h"]);
        assert_eq!(named("a=simulcast:recv x send ~l,q;h"), ["l", "h"]);
        assert!(named("a=simulcast:recv l;h").is_empty());
        assert!(named("a=sendrecv").is_empty());
        assert!(named("a=simulcast:send ;;").is_empty());
        assert_eq!(
            named(&format!("a=simulcast:send {}", "r;".repeat(99))).len(),
            8
        );
    }

    #[test]
    fn the_answer_names_its_presentation() {
        let offered = sections(OFFER).unwrap();
        let answer = "v=0\r\nm=audio 9 X 1\r\na=mid:0\r\nm=video 9 X 1\r\na=mid:1\r\n\
            m=video 9 X 1\r\na=mid:2\r\nm=video 9 X 1\r\na=mid:3\r\na=sendrecv\r\n";
        let added = AddedStream {
            mid: "1".to_owned(),
            ssrc: 7,
            rtx: 8,
        };
        let marked = complete(answer, &offered, &[added], Ceiling::of(VmrQuality::Hd));
        assert!(marked.contains("a=mid:1\r\na=ssrc-group:FID 7 8\r\na=ssrc:7 cname:slot-1\r\n"));
        assert!(marked.contains("a=mid:3\r\na=content:slides\r\na=sendrecv\r\n"));
        assert_eq!(marked.matches("a=content").count(), 1);
    }

    #[test]
    fn only_a_camera_that_is_sent_has_a_ceiling() {
        let offered = sections(OFFER).unwrap();
        let media = "c=IN IP4 0.0.0.0\r\na=rtpmap:96 VP8/90000\r\n";
        let section = |mid| format!("m=video 9 X 96\r\n{media}a=mid:{mid}\r\n");
        let answer = format!("v=0\r\na=x\r\n{}{}{}", section(1), section(2), section(3));
        let completed = complete(&answer, &offered, &[], Ceiling::of(VmrQuality::Sd));
        let limited = "m=video 9 X 96\r\nc=IN IP4 0.0.0.0\r\nb=TIAS:1000000\r\n\
            a=rtpmap:96 VP8/90000\r\na=fmtp:96 max-fs=1620\r\na=mid:1\r\n";
        let slides = format!("{}a=content:slides\r\n", section(3));
        let expected = format!("v=0\r\na=x\r\n{limited}{}{slides}", section(2));
        assert_eq!(completed, expected);
    }

    #[test]
    fn only_encrypted_media_is_relayed() {
        assert_eq!(relayable(OFFER), Err(SdpError::NoFingerprint));
        let fingerprint = "a=fingerprint:sha-256 00:11\r\n";
        let of_session = OFFER.replacen("t=0 0\r\n", &format!("t=0 0\r\n{fingerprint}"), 1);
        assert_eq!(relayable(&of_session), Ok(()));
        let of_sections = OFFER.replace("a=mid:", &format!("{fingerprint}a=mid:"));
        assert_eq!(relayable(&of_sections), Ok(()));
        let of_one = OFFER.replacen("a=mid:", &format!("{fingerprint}a=mid:"), 1);
        assert_eq!(relayable(&of_one), Err(SdpError::NoFingerprint));
        let long = format!("{of_session}{}", "a=x\r\n".repeat(MAX_RELAYED_BYTES / 5));
        assert_eq!(relayable(&long), Err(SdpError::TooLongToRelay));
    }

    #[test]
    fn what_is_relayed_is_readable_and_does_not_show_in_logs() {
        let offer = include_str!("fuzzing/offer.sdp");
        let relayed = RelayedDescription::read(offer).unwrap();
        assert_eq!(relayed.as_str(), offer);
        assert!(!format!("{relayed:?}").contains("m="));
        for unreadable in ["", "m=audio", "v=0\r\nm=audio\r\n<script>\r\n", "v=0\r\n"] {
            assert!(
                RelayedDescription::read(unreadable).is_err(),
                "{unreadable:?}"
            );
        }
        // Clients on @pexip/infinity write the bandwidth twice, in two units.
        let twice = offer.replacen("a=mid:", "b=AS:1000\r\nb=TIAS:1000000\r\na=mid:", 1);
        assert!(RelayedDescription::read(&twice).is_ok());
    }

    #[test]
    fn what_is_no_offer_is_refused() {
        assert_eq!(sections(""), Err(SdpError::NoSections));
        assert_eq!(sections("v=0\r\nm=audio 9 X 0\r\n"), Err(SdpError::NoMid));
        let many = "m=audio 9 X 0\r\na=mid:1\r\n".repeat(MAX_SECTIONS + 1);
        assert_eq!(sections(&many), Err(SdpError::TooManySections));
        assert_eq!(sections(&"x".repeat(MAX_BYTES + 1)), Err(SdpError::TooLong));
    }
}
