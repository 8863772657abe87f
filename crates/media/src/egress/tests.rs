//! The sending half against a receiver that opens what it gets.

use str0m::crypto::dtls::SrtpProfile;
use str0m::rtp::ExtensionMap;

use super::keys::Exported;
use super::seal::Opener;
use super::*;
use crate::demux::{Peer, Transport};
use crate::estimate::Allowance;
use crate::frame::PictureIds;

struct Rig {
    egress: Egress,
    video: SlotSender,
    audio: SlotSender,
    opener: Opener,
    /// The receiver's own sending half, for its RTCP.
    receiver: Seal,
    now: Instant,
}

/// An RTP packet as the receiver reads it.
#[derive(Debug, PartialEq)]
struct Read {
    payload_type: u8,
    sequence: u16,
    ssrc: u32,
    transport_wide: Option<u16>,
    payload: Vec<u8>,
}

impl Rig {
    fn new(profile: SrtpProfile, length: usize) -> Self {
        let provider = keys::provider();
        let exported = |client| Exported {
            material: (0..length as u8).collect(),
            profile,
            client,
        };
        let now = Instant::now();
        let mut egress = Egress::new(now, now);
        egress.seal = Seal::new(&exported(false), &provider);
        let peer = Peer {
            transport: Transport::Udp,
            address: ([127, 0, 0, 1], 9).into(),
        };
        egress.way = Some((peer, None));
        let map = ExtensionMap::standard();
        let [video, rtx, audio] = [11, 12, 21].map(|ssrc| egress.source(ssrc).unwrap());
        Self {
            egress,
            video: SlotSender::new(video, Some(rtx), "v", "name", 90_000, &map),
            audio: SlotSender::new(audio, None, "a", "name", 48_000, &map),
            opener: Opener::new(&exported(false), &provider).unwrap(),
            receiver: Seal::new(&exported(true), &provider).unwrap(),
            now,
        }
    }

    fn media(&self, sequence: u64, rtx: Option<u8>) -> Media {
        Media {
            payload_type: 96,
            rtx_payload_type: rtx,
            sequence,
            timestamp: 5,
            marker: false,
            audio_level: None,
            orientation: None,
            payload: vec![0x90, 0x80, 0x80, 1, sequence as u8, 7, 7, 7].into(),
            picture: Some(PictureIds {
                picture: Some(0x102),
                tl0: None,
            }),
            arrived: self.now,
        }
    }

    fn send_video(&mut self, sequence: u64) {
        let media = self.media(sequence, Some(97));
        self.egress.send(&mut self.video, media, self.now).unwrap();
    }

    fn send_audio(&mut self, sequence: u64) {
        let media = self.media(sequence, None);
        self.egress.send(&mut self.audio, media, self.now).unwrap();
    }

    fn sent(&mut self) -> Vec<Read> {
        let mut read = Vec::new();
        for run in self.egress.outbox.runs(64) {
            for datagram in run.bytes.chunks(run.segment) {
                read.push(read_rtp(&mut self.opener, datagram));
            }
        }
        self.egress.outbox.clear();
        read
    }

    /// Hands over RTCP of the receiver and does what it asks for.
    fn receive(&mut self, plain: &[u8]) -> Vec<Reception> {
        let mut sealed = Vec::new();
        self.receiver.rtcp(plain, &mut sealed).unwrap();
        let (mut missing, mut receptions) = (Vec::new(), Vec::new());
        let more = self.egress.feedback(&sealed, |_, feedback| match feedback {
            Feedback::Missing {
                first, following, ..
            } => missing.push((first, following)),
            Feedback::Reception(report) => receptions.push(report),
            _ => {}
        });
        assert_eq!(more, Some(false));
        for (first, following) in missing {
            self.egress
                .resend(&mut self.video, first, following, self.now);
        }
        receptions
    }
}

fn read_rtp(opener: &mut Opener, datagram: &[u8]) -> Read {
    let words = usize::from(u16::from_be_bytes([datagram[14], datagram[15]]));
    let head = 16 + words * 4;
    let sequence = u16::from_be_bytes([datagram[2], datagram[3]]);
    let ssrc = u32::from_be_bytes(datagram[8..12].try_into().unwrap());
    // The standard map has the transport-wide number at 3; it is written first.
    let wide =
        (datagram.get(16) == Some(&0x31)).then(|| u16::from_be_bytes([datagram[17], datagram[18]]));
    Read {
        payload_type: datagram[1] & 0x7f,
        sequence,
        ssrc,
        transport_wide: wide,
        payload: opener
            .rtp(datagram, head, ssrc, u64::from(sequence))
            .unwrap(),
    }
}

const PROFILES: [(SrtpProfile, usize); 3] = [
    (SrtpProfile::AEAD_AES_256_GCM, 88),
    (SrtpProfile::AEAD_AES_128_GCM, 56),
    (SrtpProfile::AES128_CM_SHA1_80, 60),
];

#[test]
fn media_opens_at_the_receiver_and_is_numbered_over_all_streams() {
    for (profile, length) in PROFILES {
        let mut rig = Rig::new(profile, length);
        rig.send_video(100);
        rig.send_audio(7);
        rig.send_video(101);
        let sent = rig.sent();
        let numbers: Vec<_> = sent
            .iter()
            .map(|p| (p.ssrc, p.sequence, p.transport_wide))
            .collect();
        let expected = [(11, 100, Some(0)), (21, 7, Some(1)), (11, 101, Some(2))];
        assert_eq!(numbers, expected, "{profile:?}");
        assert_eq!(
            sent[0].payload,
            [0x90, 0x80, 0x81, 2, 100, 7, 7, 7],
            "the picture's id is ours"
        );
    }
}

#[test]
fn nothing_is_sent_before_keys_and_a_path_are_there() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    let media = rig.media(1, None);
    let seal = rig.egress.seal.take();
    assert_eq!(
        rig.egress.send(&mut rig.video, media.clone(), rig.now),
        None
    );
    rig.egress.seal = seal;
    rig.egress.way = None;
    assert_eq!(rig.egress.send(&mut rig.video, media, rig.now), None);
    assert!(rig.egress.outbox.is_empty());
}

#[test]
fn what_is_missed_is_sent_again_under_its_own_source() {
    for (profile, length) in PROFILES {
        let mut rig = Rig::new(profile, length);
        for sequence in 100..110 {
            rig.send_video(sequence);
        }
        rig.sent();
        rig.now += Duration::from_millis(50);
        // 102, 103 and 105.
        let nack = [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 11, 0, 102, 0, 0b101];
        rig.receive(&nack);
        let sent = rig.sent();
        let original: Vec<_> = sent
            .iter()
            .map(|p| u16::from_be_bytes([p.payload[0], p.payload[1]]))
            .collect();
        assert_eq!(original, [102, 103, 105], "{profile:?}");
        let numbers: Vec<_> = sent
            .iter()
            .map(|p| (p.payload_type, p.ssrc, p.sequence, p.transport_wide))
            .collect();
        assert_eq!(
            numbers,
            [
                (97, 12, 1, Some(10)),
                (97, 12, 2, Some(11)),
                (97, 12, 3, Some(12))
            ]
        );
        assert_eq!(sent[0].payload[2..], [0x90, 0x80, 0x81, 2, 102, 7, 7, 7]);
        rig.receive(&nack);
        assert_eq!(rig.sent(), [], "it is on its way");
    }
}

#[test]
fn a_receiver_that_misses_everything_for_ever_gets_no_flood() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    rig.egress.resend_allowance = 80.0;
    for sequence in 100..117 {
        rig.send_video(sequence);
    }
    let media: usize = rig.sent().iter().map(|p| p.payload.len()).sum();
    let mut again = 0;
    for _ in 0..20 {
        rig.now += Duration::from_millis(50);
        rig.receive(&[0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 11, 0, 100, 0xff, 0xff]);
        again += rig.sent().iter().map(|p| p.payload.len()).sum::<usize>();
    }
    // Headers and tags count in what media has earned.
    assert!(again > 0 && again < media * 6, "{again} bytes for {media}");
}

#[test]
fn padding_repeats_a_packet_or_is_blank() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    rig.send_video(100);
    rig.sent();
    rig.egress.estimator.desire(0, 5_000_000, rig.now);
    rig.egress.estimator.arrivals(
        &[0, 0, 0, 1, 0, 0, 0, 0, 0x20, 1, 4],
        &mut Allowance::default(),
        rig.now,
    );
    let mut padding = rig.egress.estimator.padding(rig.now).unwrap();
    rig.egress.pad(&mut rig.video, padding, rig.now);
    let sent = rig.sent();
    assert!(
        sent.len() > 1,
        "in blank packets, as one of eight bytes is too short"
    );
    for packet in &sent {
        let (last, before) = packet.payload.split_last().unwrap();
        assert_eq!(packet.ssrc, 12);
        assert_eq!(usize::from(*last), packet.payload.len());
        assert!(before.iter().all(|byte| *byte == 0));
    }
    padding.bytes = 10;
    rig.egress.pad(&mut rig.video, padding, rig.now);
    assert_eq!(
        rig.sent()[0].payload[2..],
        [0x90, 0x80, 0x81, 2, 100, 7, 7, 7]
    );
}

#[test]
fn blank_padding_is_about_as_long_as_was_wanted() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    rig.send_video(100);
    rig.sent();
    rig.egress.estimator.desire(0, 5_000_000, rig.now);
    rig.egress.estimator.arrivals(
        &[0, 0, 0, 1, 0, 0, 0, 0, 0x20, 1, 4],
        &mut Allowance::default(),
        rig.now,
    );
    let mut padding = rig.egress.estimator.padding(rig.now).unwrap();
    for bytes in [20, 40, 100, 224, 250, 300, 700, 1200] {
        padding.bytes = bytes;
        rig.egress.pad(&mut rig.video, padding, rig.now);
        let runs = rig.egress.outbox.runs(64);
        let sent: usize = runs.map(|run| run.bytes.len()).sum();
        rig.egress.outbox.clear();
        // Less than a header and a tag cannot be sent.
        let wanted = bytes.max(40);
        assert!(sent.abs_diff(wanted) <= 20, "{sent} bytes for {bytes}");
    }
}

#[test]
fn nothing_is_sealed_twice_under_one_number() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    rig.send_video(100);
    rig.send_video(102);
    let again = rig.media(100, Some(97));
    assert_eq!(rig.egress.send(&mut rig.video, again, rig.now), None);
    rig.send_video(101);
    let numbers: Vec<_> = rig
        .sent()
        .iter()
        .map(|p| (p.sequence, p.transport_wide))
        .collect();
    assert_eq!(numbers, [(100, Some(0)), (102, Some(1)), (101, Some(2))]);
    assert!(rig.egress.source(11).is_none(), "a source that was had");
    assert!(rig.egress.source(12).is_none(), "that of retransmissions");
}

#[test]
fn reports_go_out_and_their_echo_tells_the_round_trip() {
    let mut rig = Rig::new(PROFILES[0].0, PROFILES[0].1);
    rig.send_video(100);
    rig.sent();
    rig.egress
        .report([&mut rig.video, &mut rig.audio].into_iter(), rig.now);
    let sealed: Vec<u8> = rig.egress.outbox.runs(9).next().unwrap().bytes.to_vec();
    rig.egress.outbox.clear();
    let plain = rig.receiver.open_rtcp(&sealed).unwrap().to_vec();
    assert_eq!(
        plain[..8],
        [0x80, 200, 0, 6, 0, 0, 0, 11],
        "of the stream that sends"
    );
    rig.egress.report([&mut rig.video].into_iter(), rig.now);
    assert!(rig.egress.outbox.is_empty(), "not again so soon");

    let mut echo = vec![0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 11];
    echo.extend([0, 0, 0, 3, 0, 0, 0, 100, 0, 0, 0, 0]);
    echo.extend(&plain[10..14]);
    // It kept the report for a quarter of a second.
    echo.extend((1u32 << 14).to_be_bytes());
    rig.now += Duration::from_millis(290);
    let reports = rig.receive(&echo);
    assert_eq!(reports[0].lost, 3);
    let rtt = rig.egress.round_trip(&reports[0], rig.now).unwrap();
    assert!((39..=41).contains(&rtt.as_millis()), "{rtt:?}");
    let never = Reception {
        last_report: 0,
        ..reports[0]
    };
    assert_eq!(rig.egress.round_trip(&never, rig.now), None);
}
