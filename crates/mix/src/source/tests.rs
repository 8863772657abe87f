use super::*;
use crate::testing::{Sender, amplitude, quietest};

/// A voice that has been heard until now.
fn playing(sender: &mut Sender) -> Source {
    Source::new(&sender.packets(5), true).unwrap()
}

fn frame(source: &mut Source) -> (Option<Played>, Vec<f32>) {
    let mut out = [0.0; FRAME];
    let played = source.play(&mut out);
    (played, out.to_vec())
}

fn frames(source: &mut Source, count: usize) -> Vec<f32> {
    (0..count).flat_map(|_| frame(source).1).collect()
}

#[test]
fn a_voice_that_was_heard_goes_on_with_its_next_packet() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    let mut heard = Vec::new();
    let mut expected = None;
    for _ in 0..20 {
        let packet = sender.packet(960);
        let timestamp = packet.timestamp;
        source.push(packet);
        let (played, samples) = frame(&mut source);
        let played = played.unwrap().timestamp;
        assert_eq!(played, timestamp);
        assert_eq!(expected.unwrap_or(played), played);
        expected = Some(played.wrapping_add(960));
        heard.extend(samples);
    }
    // The decoder was warmed up: the first 20 ms are as good as the rest.
    assert!(amplitude(&heard[..960], 440.0) > 0.45);
    assert!(quietest(&heard) > 0.3);
}

#[test]
fn packets_of_any_length_give_even_frames() {
    for samples in [480, 960, 1_920, 2_880] {
        let mut sender = Sender::new(440.0, 0.5);
        let mut source = Source::new(&[], false).unwrap();
        let mut heard = Vec::new();
        let mut sent = 0;
        for tick in 1..=60 {
            while sent + samples <= tick * 960 {
                source.push(sender.packet(samples));
                sent += samples;
            }
            heard.extend(frame(&mut source).1);
        }
        let steady = &heard[10 * 960..];
        assert!(quietest(steady) > 0.3, "{samples} a packet");
        assert!(amplitude(steady, 440.0) > 0.45, "{samples} a packet");
    }
}

#[test]
fn a_lost_packet_is_concealed_and_costs_no_time() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    let mut heard = Vec::new();
    let mut timestamps = Vec::new();
    let first = sender.packet(960);
    source.push(first);
    for n in 0..20 {
        let packet = sender.packet(960);
        if n != 8 {
            source.push(packet);
        }
        let (played, samples) = frame(&mut source);
        timestamps.extend(played.map(|played| played.timestamp));
        heard.extend(samples);
    }
    assert_eq!(timestamps.len(), 20);
    assert!(
        timestamps
            .windows(2)
            .all(|t| t[1] == t[0].wrapping_add(960))
    );
    assert!(quietest(&heard) > 0.2);
}

#[test]
fn reordered_packets_and_duplicates_are_put_right() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    let packets = sender.packets(6);
    for n in [1, 0, 0, 3, 2, 2, 5, 4] {
        source.push(packets[n].clone());
    }
    for packet in &packets {
        let (played, _) = frame(&mut source);
        assert_eq!(played.unwrap().timestamp, packet.timestamp);
        source.push(packet.clone());
    }
    assert_eq!(source.delay, 0);
}

#[test]
fn a_late_packet_is_played_and_later_the_delay_is_won_back() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    let late = sender.packet(960);
    frames(&mut source, 2);
    source.push(late.clone());
    assert_eq!(source.delay, 2 * 960);
    let (played, _) = frame(&mut source);
    assert_eq!(played.unwrap().timestamp, late.timestamp);
    // From now on its network is quick: what came late, and the next, wait together.
    for packet in sender.packets(2) {
        source.push(packet);
    }
    let mut heard = Vec::new();
    for _ in 0..300 {
        source.push(sender.packet(960));
        heard.extend(frame(&mut source).1);
    }
    assert!(source.waiting() <= SPARE, "{}", source.waiting());
    // The decoder takes some frames to recover from what it made up.
    assert!(
        quietest(&heard[10 * 960..]) > 0.33,
        "taking out 20 ms makes no hole"
    );
}

#[test]
fn a_voice_that_stops_fades_and_begins_again_whole() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    source.push(sender.packet(960));
    assert!(frame(&mut source).0.is_some());
    let pause = frames(&mut source, 20);
    assert!(pause[10 * 960..].iter().all(|sample| *sample == 0.0));
    assert!(frame(&mut source).0.is_none());
    sender.pause(21 * 960);
    let packets = sender.packets(10);
    let mut played = Vec::new();
    for packet in &packets {
        source.push(packet.clone());
        played.extend(frame(&mut source).0);
    }
    assert_eq!(played.first().unwrap().timestamp, packets[0].timestamp);
    assert!(played.len() >= 8);
}

#[test]
fn a_sender_that_starts_its_numbers_anew_is_heard() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    for packet in sender.packets(5) {
        source.push(packet);
        frame(&mut source);
    }
    sender.pause(3_000_000_000);
    let mut heard = Vec::new();
    for packet in sender.packets(20) {
        source.push(packet);
        heard.extend(frame(&mut source).1);
    }
    assert!(amplitude(&heard[10 * 960..], 440.0) > 0.4);
}

#[test]
fn what_cannot_be_decoded_ends_this_voice_and_stays_bounded() {
    let mut source = Source::new(&[], false).unwrap();
    let garbage = |n: u32| Packet {
        sequence: u64::from(n),
        timestamp: n * 960,
        payload: vec![0x9b, 63, 1, 2].into(),
    };
    for n in 0..100 {
        source.push(garbage(n));
        frame(&mut source);
    }
    assert!(source.is_given_up());
    assert!(frame(&mut source).0.is_none());
    source.push(garbage(101));
    assert!(source.queue.is_empty());
}

#[test]
fn a_flood_is_bounded() {
    let mut sender = Sender::new(440.0, 0.5);
    let mut source = playing(&mut sender);
    for _ in 0..1_000 {
        source.push(sender.packet(120));
    }
    assert!(source.queue.len() <= MAX_QUEUED);
    frames(&mut source, 5);
    assert!(source.samples.len() <= FRAME + LONGEST);
}
