//! Calls and conferences without sockets.

use vdx_bench::{Endpoint, Plan};

use vdx_domain::VmrQuality;

use super::*;

mod layers;
mod offers;
mod world;

const CONSENT: Duration = Duration::from_secs(20);

fn board(now: Instant) -> Switchboard {
    let provider = crate::egress::keys::provider();
    let settings = CallSettings {
        candidates: vec!["127.0.0.1:9".parse().unwrap()],
        certificate: provider.dtls_provider.generate_certificate().unwrap(),
        consent: CONSENT,
        provider: Arc::new(provider),
        started: now,
    };
    let (demux, counters) = (Arc::default(), Arc::default());
    let mixer = MixerThread::absent();
    Switchboard::new(0, Arc::new(settings), demux, counters, mixer, now)
}

fn asked(offer: &str) -> OpenCall {
    OpenCall {
        conference: ConferenceId::generate(),
        call: CallId::generate(),
        offer: offer.to_owned(),
        video_slots: 1,
        audio_slots: 1,
        quality: VmrQuality::Hd,
    }
}

#[test]
fn a_call_that_never_connects_ends_once() {
    let now = Instant::now();
    let mut board = board(now);
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let asked = asked(offering.offer());
    board.open(&asked, now).unwrap();
    board.run_timers(now + Duration::from_secs(29));
    assert!(board.has(asked.call) && board.events.is_empty());
    for seconds in [31, 32] {
        board.run_timers(now + Duration::from_secs(seconds));
    }
    assert!(!board.has(asked.call));
    assert!(matches!(
        board.events[..],
        [MediaEvent::Closed {
            reason: CloseReason::ConnectionLost,
            ..
        }]
    ));
    assert_eq!(board.counters.read().calls, 0);
}

#[test]
fn offers_that_are_none_are_refused_and_leave_nothing() {
    let now = Instant::now();
    let mut board = board(now);
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let good = offering.offer();
    let half = &good[..good.len() / 2];
    for garbage in [
        "",
        "v=0",
        "\u{0}\u{ffff}",
        "m=audio 9 X 0\r\na=mid:0\r\n",
        half,
    ] {
        let refused = board.open(&asked(garbage), now);
        assert!(refused.is_err() || garbage == half, "{garbage}");
    }
    assert_eq!(board.counters.read().faults, 0);
}

#[test]
fn a_call_is_found_under_its_new_name_after_an_ice_restart() {
    let now = Instant::now();
    let mut board = board(now);
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let asked = asked(offering.offer());
    let ufrag = |opened: &CallOpened| {
        let mut lines = opened.answer.lines();
        let line = lines.find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        line.unwrap().to_owned()
    };
    let before = ufrag(&board.open(&asked, now).unwrap());
    assert!(board.demux.knows(&before));
    let same = ufrag(&board.change(asked.call, &asked.offer, now).unwrap());
    assert_eq!(same, before);
    let restart = asked.offer.replace("a=ice-ufrag:", "a=ice-ufrag:x");
    let after = ufrag(&board.change(asked.call, &restart, now).unwrap());
    assert_ne!(after, before);
    assert!(board.demux.knows(&after) && !board.demux.knows(&before));
}

#[test]
fn a_section_that_brings_simulcast_still_carries_a_slot_back() {
    let now = Instant::now();
    let mut board = board(now);
    let offering = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let mut asked = asked(offering.offer());
    asked
        .offer
        .push_str("a=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n");
    let opened = board.open(&asked, now).unwrap();
    assert!(
        opened.answer.contains("a=simulcast:recv l;h"),
        "{}",
        opened.answer
    );
    assert_eq!(opened.slots.len(), 2);
    let groups = |answer: &str| answer.matches("a=ssrc-group:FID").count();
    assert_eq!(groups(&opened.answer), 1);
    let sources = |answer: &str| -> Vec<String> {
        let lines = answer.lines().filter(|line| line.starts_with("a=ssrc:"));
        let mut sources: Vec<String> = lines
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect();
        sources.sort();
        sources.dedup();
        sources
    };
    let again = board.change(asked.call, &asked.offer, now).unwrap();
    assert_eq!(groups(&again.answer), 1);
    assert_eq!(
        sources(&again.answer),
        sources(&opened.answer),
        "streams keep their sources"
    );
}

#[test]
fn a_fault_in_one_call_ends_that_call_alone() {
    let now = Instant::now();
    let mut board = board(now);
    let one = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let other = Endpoint::offering(Plan::CONSULTATION).unwrap();
    let (one, other) = (asked(one.offer()), asked(other.offer()));
    board.open(&one, now).unwrap();
    board.open(&other, now).unwrap();
    board.enter(one.call, |_| panic!("a fault made by this test"));
    board.settle(now);
    assert!(!board.has(one.call) && board.has(other.call));
    assert!(matches!(
        board.events[..],
        [MediaEvent::Closed {
            reason: CloseReason::Failed,
            ..
        }]
    ));
}
