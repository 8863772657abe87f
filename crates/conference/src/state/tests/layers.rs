//! What a sender is told of its layers, and what speech costs.

use super::*;

fn layers(events: &[Event]) -> Vec<(CallId, Vec<String>)> {
    let layers = events.iter().filter_map(|event| match event {
        Event::Layers { call, rids } => Some((*call, rids.to_vec())),
        _ => None,
    });
    layers.collect()
}

#[test]
fn a_sender_is_told_which_of_its_layers_are_needed_and_again_when_it_listens_anew() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(HOST));
    let (call, other) = (rig.call(a, 1, 1), rig.call(b, 1, 1));
    rig.effects();
    let some = vec!["l".to_owned()];
    rig.conference.layers_needed(call, &some);
    rig.conference.layers_needed(other, &[]);
    let effects = rig.effects();
    assert_eq!(layers(&told(&effects, a)), [(call, some.clone())]);
    assert_eq!(layers(&told(&effects, b)), [(other, Vec::new())]);
    rig.conference.layers_needed(call, &some);
    assert_eq!(layers(&rig.told(a)), [], "told already");
    rig.conference.attach(a).unwrap();
    assert_eq!(layers(&rig.told(a)), [(call, some.clone())]);

    // A new call begins anew, and what was said of the old one is over.
    let next = rig.call(a, 1, 1);
    rig.conference.layers_needed(call, &some);
    assert_eq!(layers(&rig.told(a)), []);
    rig.conference.layers_needed(next, &some);
    assert_eq!(layers(&rig.told(a)), [(next, some)]);
}

#[test]
fn the_slots_of_a_call_are_its_own() {
    let mut rig = Rig::new();
    let (a, b) = (rig.join(HOST), rig.join(HOST));
    let call = rig.call(a, 2, 1);
    assert_eq!(rig.conference.slots_of(a, call).unwrap().len(), 4);
    let refused = rig.conference.slots_of(b, call).err();
    assert_eq!(refused, Some(Refused::UnknownCall));
}

#[test]
#[ignore = "a figure: cargo test --release -p vdx-conference --lib -- --ignored --nocapture"]
fn reports_of_loudness_are_cheap_among_five_hundred() {
    let mut rig = Rig::new();
    let calls: Vec<CallId> = (0..500)
        .map(|_| {
            let who = rig.join(HOST);
            rig.call(who, 9, 3)
        })
        .collect();
    rig.effects();
    let mut times = Vec::new();
    let mut switched = Vec::new();
    for round in 0..60usize {
        // Somebody else speaks every two seconds.
        let speaker = round / 10;
        let levels: Vec<(CallId, u8)> = calls
            .iter()
            .enumerate()
            .map(|(n, call)| {
                (
                    *call,
                    if n == speaker {
                        110
                    } else {
                        20 + (n % 7) as u8
                    },
                )
            })
            .collect();
        let now = at(0) + jiff::SignedDuration::from_millis(200) * i32::try_from(round).unwrap();
        let before = rig.conference.speakers.active();
        let begun = std::time::Instant::now();
        rig.conference.loudness(now, &levels);
        let took = begun.elapsed();
        if rig.conference.speakers.active() == before {
            times.push(took);
        } else {
            switched.push(took);
        }
        rig.effects();
    }
    times.sort_unstable();
    switched.sort_unstable();
    println!(
        "loudness of 500: {} us; when the speaker changes: {} us",
        times[times.len() / 2].as_micros(),
        switched[switched.len() / 2].as_micros()
    );
    assert!(switched.len() >= 5, "the speaker changed");
}
