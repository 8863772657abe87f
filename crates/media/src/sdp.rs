//! The little of a session description (RFC 8866) that str0m does not tell:
//! which section carries which content, and in which order codecs are wanted.

use std::fmt::Write as _;

use crate::types::Content;

/// Most bytes of an offer.
pub(crate) const MAX_BYTES: usize = 128 * 1024;
/// Most media sections of an offer: all slots of all contents, and data.
pub(crate) const MAX_SECTIONS: usize = 128;

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
/// presentations, as clients match their sections by it, and with the sources
/// (RFC 5576) of the streams that were added.
pub(crate) fn complete(answer: &str, offered: &[Section], added: &[AddedStream]) -> String {
    let mut marked = String::with_capacity(answer.len() + 64);
    let mut sections = offered.iter();
    for line in answer.lines() {
        // Writing to a String cannot fail.
        let _ = write!(marked, "{line}\r\n");
        if line.starts_with("a=mid:") {
            let section = sections.next();
            if section.is_some_and(|s| s.content == Some(Content::Slides)) {
                marked.push_str("a=content:slides\r\n");
            }
            let mid = line.trim_start_matches("a=mid:").trim();
            for AddedStream { mid, ssrc, rtx } in added.iter().filter(|one| one.mid == mid) {
                let _ = write!(
                    marked,
                    "a=ssrc-group:FID {ssrc} {rtx}\r\na=ssrc:{ssrc} cname:slot-{mid}\r\na=ssrc:{rtx} cname:slot-{mid}\r\n"
                );
            }
        }
    }
    marked
}

#[cfg(test)]
mod tests {
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
        let marked = complete(answer, &offered, &[added]);
        assert!(marked.contains("a=mid:1\r\na=ssrc-group:FID 7 8\r\na=ssrc:7 cname:slot-1\r\n"));
        assert!(marked.contains("a=mid:3\r\na=content:slides\r\na=sendrecv\r\n"));
        assert_eq!(marked.matches("a=content").count(), 1);
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
