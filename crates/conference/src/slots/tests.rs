//! The rules by example; the invariants, in random conferences, are in `laws`.

use std::collections::BTreeSet;

use vdx_domain::ViewType;
use vdx_media::{Content, Slot};

use super::*;

mod laws;

fn member(main: u8, audio: u8) -> Member {
    Member {
        id: ParticipantId::generate(),
        role: ParticipantRole::Host,
        waiting: false,
        muted: false,
        camera: true,
        level: 0,
        slots: SlotCounts {
            audio,
            main,
            slides: 1,
        },
    }
}

fn guest(main: u8) -> Member {
    Member {
        role: ParticipantRole::Guest,
        ..member(main, 3)
    }
}

/// As many as can be in the slots of one client, and large all.
fn settings() -> RoomSettings {
    views(ViewType::TwentyfiveMainsZeroPips)
}

fn views(view: ViewType) -> RoomSettings {
    RoomSettings {
        host_view: view,
        guest_view: view,
        force_presenter_into_main: false,
        ..RoomSettings::default()
    }
}

fn room<'a>(members: &'a [Member], settings: &'a RoomSettings) -> View<'a> {
    View {
        members,
        speakers: &[],
        presenter: None,
        spotlights: &[],
        settings,
    }
}

fn seen(table: &SlotTable, by: &Member, content: Content) -> Vec<Option<ParticipantId>> {
    let count = match content {
        Content::Audio => by.slots.audio,
        Content::Main => by.slots.main,
        Content::Slides => by.slots.slides,
    };
    (0..count)
        .map(|index| table.source(by.id, Slot { content, index }))
        .collect()
}

/// Large and small pictures of a receiver, in order.
fn pictures(table: &SlotTable, by: &Member) -> (Vec<ParticipantId>, Vec<ParticipantId>) {
    let layout = table.seats(by.id).unwrap().layout();
    let (large, small) = layout.order.split_at(layout.large);
    (large.to_vec(), small.to_vec())
}

#[test]
fn two_people_get_each_other() {
    let members = [member(1, 1), member(1, 1)];
    let [a, b] = &members;
    let table = assign(room(&members, &settings()), &SlotTable::default());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, a, Content::Audio), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(a.id)]);
    assert_eq!(seen(&table, b, Content::Slides), [None]);
}

#[test]
fn each_view_shows_its_number_of_large_and_small_pictures() {
    // A host with all the slots a client can have, among forty others.
    let mut members = vec![member(25, 3)];
    members.extend((0..40).map(|_| member(1, 1)));
    for (view, large, small) in [
        (ViewType::OneMainZeroPips, 1, 0),
        (ViewType::OneMainSevenPips, 1, 7),
        (ViewType::OneMainTwentyonePips, 1, 21),
        (ViewType::TwoMainsTwentyonePips, 2, 21),
        (ViewType::FourMainsZeroPips, 4, 0),
        (ViewType::FiveMainsSevenPips, 5, 7),
        (ViewType::OneMainThirtythreePips, 1, 24), // no client has 34 slots
        (ViewType::NineMainsZeroPips, 9, 0),
        (ViewType::SixteenMainsZeroPips, 16, 0),
        (ViewType::TwentyfiveMainsZeroPips, 25, 0),
    ] {
        let table = assign(room(&members, &views(view)), &SlotTable::default());
        let (mains, pips) = pictures(&table, &members[0]);
        assert_eq!((mains.len(), pips.len()), (large, small), "{view}");
        let taken = seen(&table, &members[0], Content::Main);
        let taken = taken.iter().flatten().count();
        assert_eq!(taken, large + small, "{view}");
    }
}

#[test]
fn hosts_and_guests_have_views_of_their_own() {
    let settings = RoomSettings {
        host_view: ViewType::FourMainsZeroPips,
        guest_view: ViewType::OneMainSevenPips,
        ..RoomSettings::default()
    };
    let members = [member(9, 3), guest(9), guest(9), guest(9)];
    let table = assign(room(&members, &settings), &SlotTable::default());
    let counted = |who| {
        let (large, small) = pictures(&table, who);
        (large.len(), small.len())
    };
    assert_eq!(counted(&members[0]), (3, 0));
    assert_eq!(counted(&members[1]), (1, 2));
}

#[test]
fn the_active_speaker_is_large_and_changes_places_without_changing_slots() {
    let settings = views(ViewType::OneMainSevenPips);
    let members = [member(9, 3), member(9, 3), member(9, 3), member(9, 3)];
    let [a, b, c, d] = &members;
    let mut table = SlotTable::default();
    let mut said = |speakers: &[ParticipantId]| {
        let view = View {
            speakers,
            ..room(&members, &settings)
        };
        table = assign(view, &table);
        (pictures(&table, a), seen(&table, a, Content::Main))
    };
    let (shown, slots) = said(&[]);
    assert_eq!(shown, (vec![b.id], vec![c.id, d.id]));
    let (shown, same) = said(&[d.id]);
    assert_eq!(shown, (vec![d.id], vec![b.id, c.id]));
    assert_eq!(same, slots);
    // To the active speaker, whoever spoke before is large.
    let (shown, same) = said(&[a.id, d.id]);
    assert_eq!(shown, (vec![d.id], vec![b.id, c.id]));
    assert_eq!(same, slots);
}

#[test]
fn of_two_large_pictures_the_one_who_spoke_longest_ago_makes_place() {
    let settings = views(ViewType::TwoMainsTwentyonePips);
    let members = [member(9, 3), member(9, 3), member(9, 3), member(9, 3)];
    let [a, b, c, d] = &members;
    let after = |speakers: &[ParticipantId], table: &SlotTable| {
        let view = View {
            speakers,
            ..room(&members, &settings)
        };
        assign(view, table)
    };
    let table = after(&[c.id, b.id], &SlotTable::default());
    assert_eq!(pictures(&table, a).0, [c.id, b.id]);
    let table = after(&[d.id, c.id, b.id], &table);
    assert_eq!(pictures(&table, a), (vec![c.id, d.id], vec![b.id]));
    let table = after(&[c.id, d.id, b.id], &table);
    assert_eq!(pictures(&table, a), (vec![c.id, d.id], vec![b.id]));
}

#[test]
fn a_presenting_host_is_in_the_main_picture_where_the_room_says_so() {
    let members = [member(1, 1), member(1, 1), guest(1)];
    let [a, b, c] = &members;
    for (forced, presenter, shown) in [(true, b, b), (false, b, c), (true, c, c)] {
        let settings = RoomSettings {
            force_presenter_into_main: forced,
            ..settings()
        };
        let view = View {
            speakers: &[c.id],
            presenter: Some(presenter.id),
            ..room(&members, &settings)
        };
        let table = assign(view, &SlotTable::default());
        assert_eq!(seen(&table, a, Content::Main), [Some(shown.id)]);
    }
    // A guest who presents is not forced upon anybody.
    let settings = RoomSettings {
        force_presenter_into_main: true,
        ..settings()
    };
    let view = View {
        speakers: &[b.id],
        presenter: Some(c.id),
        ..room(&members, &settings)
    };
    let table = assign(view, &SlotTable::default());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id)]);
}

#[test]
fn the_spotlight_comes_before_the_active_speaker_in_its_order() {
    let members = [
        member(3, 3),
        member(3, 3),
        member(3, 3),
        member(3, 3),
        member(3, 3),
    ];
    let [a, b, c, d, e] = &members;
    let settings = views(ViewType::TwoMainsTwentyonePips);
    let table = assign(room(&members, &settings), &SlotTable::default());
    assert_eq!(pictures(&table, a), (vec![b.id, c.id], vec![d.id]));
    let view = View {
        speakers: &[b.id],
        spotlights: &[e.id, a.id, d.id],
        ..room(&members, &settings)
    };
    let table = assign(view, &table);
    assert_eq!(pictures(&table, a), (vec![e.id, d.id], vec![b.id]));
    assert_eq!(pictures(&table, b), (vec![e.id, a.id], vec![d.id]));
    let table = assign(room(&members, &settings), &table);
    assert_eq!(
        pictures(&table, a),
        (vec![e.id, d.id], vec![b.id]),
        "they stay"
    );
}

#[test]
fn guests_of_a_lecture_see_hosts_only_and_hosts_see_everybody() {
    let settings = RoomSettings {
        vmr_type: VmrType::Lecture,
        ..settings()
    };
    let members = [member(9, 3), member(9, 3), guest(9), guest(9)];
    let [a, b, c, d] = &members;
    let view = View {
        speakers: &[d.id],
        spotlights: &[d.id],
        ..room(&members, &settings)
    };
    let table = assign(view, &SlotTable::default());
    assert_eq!(pictures(&table, c).0, [a.id, b.id]);
    assert_eq!(pictures(&table, a).0, [d.id, b.id, c.id]);
    let heard = seen(&table, c, Content::Audio);
    assert_eq!(
        heard,
        [Some(a.id), Some(b.id), Some(d.id)],
        "who may speak is heard by all"
    );
}

#[test]
fn a_camera_that_is_off_takes_no_slot_from_another() {
    let mut members = vec![member(1, 1), member(1, 1), member(1, 1)];
    members[1].camera = false;
    let (a, b, c) = (members[0].clone(), members[1].id, members[2].id);
    let speakers = [b];
    let settings = settings();
    let shown = |members: &[Member], table: &SlotTable| {
        let view = View {
            speakers: &speakers,
            ..room(members, &settings)
        };
        assign(view, table)
    };
    let table = shown(&members, &SlotTable::default());
    assert_eq!(seen(&table, &a, Content::Main), [Some(c)]);
    members[1].camera = true;
    let table = shown(&members, &table);
    assert_eq!(seen(&table, &a, Content::Main), [Some(b)]);
    members[1].camera = false;
    members.pop();
    let table = shown(&members, &table);
    assert_eq!(
        seen(&table, &a, Content::Main),
        [Some(b)],
        "nobody else wants it"
    );
}

#[test]
fn a_single_picture_follows_the_active_speaker_who_sees_the_one_before() {
    let members = [member(1, 1), member(1, 1), member(1, 1)];
    let [a, b, c] = &members;
    let settings = settings();
    let after = |speakers: &[ParticipantId], table: &SlotTable| {
        let view = View {
            speakers,
            ..room(&members, &settings)
        };
        assign(view, table)
    };
    let table = after(&[b.id], &SlotTable::default());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, c, Content::Main), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(a.id)]);

    let table = after(&[c.id, b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(c.id)]);
    assert_eq!(seen(&table, b, Content::Main), [Some(c.id)]);
    assert_eq!(seen(&table, c, Content::Main), [Some(b.id)]);
}

#[test]
fn pictures_do_not_jump_when_somebody_leaves_or_comes() {
    let settings = settings();
    let mut members = vec![member(4, 3), member(4, 3), member(4, 3), member(4, 3)];
    let a = members[0].clone();
    let (b, c, d) = (members[1].id, members[2].id, members[3].id);
    let table = assign(room(&members, &settings), &SlotTable::default());
    assert_eq!(
        seen(&table, &a, Content::Main),
        [Some(b), Some(c), Some(d), None]
    );
    members.remove(1);
    let table = assign(room(&members, &settings), &table);
    assert_eq!(
        seen(&table, &a, Content::Main),
        [None, Some(c), Some(d), None]
    );
    members.push(member(4, 3));
    let e = members[3].id;
    let table = assign(room(&members, &settings), &table);
    assert_eq!(
        seen(&table, &a, Content::Main),
        [Some(e), Some(c), Some(d), None]
    );
}

#[test]
fn a_speaker_without_a_slot_takes_it_from_whoever_spoke_longest_ago() {
    let settings = settings();
    let members = [
        member(2, 3),
        member(2, 3),
        member(2, 3),
        member(2, 3),
        member(2, 3),
    ];
    let [a, b, c, d, e] = &members;
    let table = assign(room(&members, &settings), &SlotTable::default());
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(c.id)]);
    let after = |speakers: &[ParticipantId], table: &SlotTable| {
        let view = View {
            speakers,
            ..room(&members, &settings)
        };
        assign(view, table)
    };
    let table = after(&[b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(c.id)]);
    let table = after(&[d.id, b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(b.id), Some(d.id)]);
    let table = after(&[e.id, d.id, b.id], &table);
    assert_eq!(seen(&table, a, Content::Main), [Some(e.id), Some(d.id)]);
}

#[test]
fn with_too_few_audio_slots_the_loudest_are_heard_and_small_differences_change_nothing() {
    let settings = settings();
    let mut members = vec![
        member(1, 2),
        member(1, 2),
        member(1, 2),
        member(1, 2),
        member(1, 2),
    ];
    let a = members[0].clone();
    for (n, level) in [(1, 20), (2, 90), (3, 80), (4, 30)] {
        members[n].level = level;
    }
    let (c, d, e) = (members[2].id, members[3].id, members[4].id);
    let table = assign(room(&members, &settings), &SlotTable::default());
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(d)]);
    members[4].level = 85;
    let table = assign(room(&members, &settings), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(d)]);
    members[4].level = 100;
    let table = assign(room(&members, &settings), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(c), Some(e)]);
    members[2].muted = true;
    let table = assign(room(&members, &settings), &table);
    assert_eq!(seen(&table, &a, Content::Audio), [Some(d), Some(e)]);
}

/// The places for microphones that are taken.
fn places(table: &SlotTable, by: ParticipantId) -> impl Iterator<Item = (Slot, ParticipantId)> {
    let seats = table.seats(by).into_iter().flat_map(Seats::taken);
    seats.filter(|(place, _)| place.content == Content::Audio)
}

/// Whom a single audio slot carries.
fn heard(table: &SlotTable, by: &Member) -> BTreeSet<ParticipantId> {
    places(table, by.id)
        .inspect(|(place, _)| assert_eq!(by.slots.slot_of(*place).index, 0))
        .map(|(_, source)| source)
        .collect()
}

#[test]
fn a_single_audio_slot_carries_everybody_else_who_may_be_heard() {
    let mut members = [member(1, 1), member(1, 1), member(1, 1), member(1, 2)];
    let ids = members.clone().map(|member| member.id);
    let table = assign(room(&members, &settings()), &SlotTable::default());
    for receiver in &members[..3] {
        let others = ids.into_iter().filter(|other| *other != receiver.id);
        assert_eq!(heard(&table, receiver), others.collect());
    }
    assert_eq!(places(&table, ids[3]).count(), 2);

    members[1].muted = true;
    members[2].waiting = true;
    let table = assign(room(&members, &settings()), &table);
    assert_eq!(heard(&table, &members[0]), BTreeSet::from([ids[3]]));
    assert_eq!(heard(&table, &members[1]), BTreeSet::from([ids[0], ids[3]]));
    assert!(heard(&table, &members[2]).is_empty());
}

#[test]
fn a_single_audio_slot_carries_the_loudest_of_many() {
    let mut members: Vec<Member> = (0..12).map(|_| member(1, 1)).collect();
    for (level, member) in (50..).zip(&mut members) {
        member.level = level;
    }
    let table = assign(room(&members, &settings()), &SlotTable::default());
    let loudest: BTreeSet<_> = members[4..].iter().map(|member| member.id).collect();
    assert_eq!(heard(&table, &members[0]), loudest);
    assert_eq!(loudest.len(), usize::from(MIXED_MICROPHONES));
}

#[test]
fn slides_are_the_presenters_and_only_slides() {
    let settings = settings();
    let members = [member(1, 1), member(1, 1), member(1, 1)];
    let [a, b, c] = &members;
    let view = View {
        presenter: Some(b.id),
        ..room(&members, &settings)
    };
    let table = assign(view, &SlotTable::default());
    assert_eq!(seen(&table, a, Content::Slides), [Some(b.id)]);
    assert_eq!(seen(&table, c, Content::Slides), [Some(b.id)]);
    assert_eq!(seen(&table, b, Content::Slides), [None]);
    let table = assign(room(&members, &settings), &table);
    assert_eq!(seen(&table, a, Content::Slides), [None]);
}

#[test]
#[ignore = "a figure: cargo test --release -p vdx-conference --lib -- --ignored --nocapture"]
fn five_hundred_receivers_are_assigned_quickly() {
    let mut members: Vec<Member> = (0..500).map(|_| member(9, 3)).collect();
    let speakers: Vec<ParticipantId> = members.iter().take(64).map(|m| m.id).collect();
    let settings = RoomSettings::default();
    let mut table = SlotTable::default();
    let mut times = Vec::new();
    for round in 0..50u8 {
        for (n, one) in (0u8..=255).cycle().zip(&mut members) {
            one.level = n.wrapping_mul(round) % 128;
        }
        let view = View {
            speakers: &speakers[usize::from(round % 4)..],
            ..room(&members, &settings)
        };
        let begun = std::time::Instant::now();
        table = assign(view, &table);
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    println!(
        "slots.assign_500 {} us (most {})",
        times[25].as_micros(),
        times[49].as_micros()
    );
    let taken = members
        .iter()
        .map(|m| table.seats(m.id).unwrap().taken().count());
    assert_eq!(taken.sum::<usize>(), 500 * (8 + 3));
}
