//! What people do in made-up lives, and the rooms they do it in.

use proptest::prelude::*;
use vdx_domain::{CallType, DirectMedia, GuestMicrophone, VmrType};

use super::super::{Mute as Switch, *};

/// Somebody does something. People are counted in the order they came; a number
/// nobody has stands for somebody who left.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Come {
        pin: usize,
        ticket: bool,
        direct: bool,
    },
    Leave(usize),
    StepOut(usize),
    Listen(usize),
    StopListening(usize),
    Resume(usize),
    Call {
        who: usize,
        main: u8,
        audio: u8,
    },
    HangUp(usize),
    Offer(usize),
    OfferAgain(usize),
    Answer(usize, bool),
    Overdue(usize),
    Found(usize),
    Report(usize, u64),
    Lock(usize, bool),
    Admit(usize, usize),
    AdmitAll(usize),
    MoveEnd(i64, i64),
    PutOut(usize, usize),
    Terminate(usize),
    Mute(usize, usize, Switch, bool),
    MuteGuests(usize, bool),
    LetGuestsUnmute(usize, bool),
    Role(usize, usize, ParticipantRole),
    Floor(usize, bool),
    ReceivePresentation(usize, usize, bool),
    Spotlight(usize, usize, bool),
    Hand(usize, usize, bool),
    Write(usize, Option<usize>),
    Refer(usize, usize),
    Speak(usize, u8),
    Wait(i64),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    use Act::*;
    let who = || 0..8_usize;
    let role = prop_oneof![Just(HOST), Just(GUEST)];
    let mute = prop_oneof![
        Just(Switch::Audio),
        Just(Switch::OwnAudio),
        Just(Switch::Video)
    ];
    prop_oneof![
        6 => (0..4_usize, any::<bool>(), proptest::bool::weighted(0.8))
            .prop_map(|(pin, ticket, direct)| Come { pin, ticket, direct }),
        2 => who().prop_map(Leave),
        1 => who().prop_map(StepOut),
        4 => who().prop_map(Listen),
        2 => who().prop_map(StopListening),
        2 => who().prop_map(Resume),
        5 => (who(), 0..3_u8, 0..3_u8).prop_map(|(who, main, audio)| Call { who, main, audio }),
        1 => who().prop_map(HangUp),
        6 => who().prop_map(Offer),
        1 => who().prop_map(OfferAgain),
        4 => (who(), proptest::bool::weighted(0.1)).prop_map(|(who, ignores)| Answer(who, ignores)),
        1 => who().prop_map(Overdue),
        1 => who().prop_map(Found),
        1 => (who(), 0..3_u64).prop_map(|(who, packets)| Report(who, packets)),
        3 => (who(), any::<bool>()).prop_map(|(by, on)| Lock(by, on)),
        3 => (who(), who()).prop_map(|(by, whom)| Admit(by, whom)),
        2 => who().prop_map(AdmitAll),
        1 => (-100..7200_i64, -2..3_i64).prop_map(|(end, known)| MoveEnd(end, known)),
        1 => (who(), who()).prop_map(|(by, whom)| PutOut(by, whom)),
        1 => who().prop_map(Terminate),
        3 => (who(), who(), mute, any::<bool>()).prop_map(|(by, whom, what, off)| Mute(by, whom, what, off)),
        2 => (who(), any::<bool>()).prop_map(|(by, off)| MuteGuests(by, off)),
        1 => (who(), any::<bool>()).prop_map(|(by, yes)| LetGuestsUnmute(by, yes)),
        2 => (who(), who(), role).prop_map(|(by, whom, role)| Role(by, whom, role)),
        3 => (who(), any::<bool>()).prop_map(|(who, take)| Floor(who, take)),
        1 => (who(), who(), any::<bool>()).prop_map(|(by, whom, yes)| ReceivePresentation(by, whom, yes)),
        2 => (who(), who(), any::<bool>()).prop_map(|(by, whom, on)| Spotlight(by, whom, on)),
        1 => (who(), who(), any::<bool>()).prop_map(|(by, whom, up)| Hand(by, whom, up)),
        1 => (who(), proptest::option::of(who())).prop_map(|(from, to)| Write(from, to)),
        1 => (who(), who()).prop_map(|(by, whom)| Refer(by, whom)),
        2 => (who(), 0..128_u8).prop_map(|(who, level)| Speak(who, level)),
        2 => prop_oneof![1..15_i64, Just(61), Just(3601)].prop_map(Wait),
    ]
}

prop_compose! {
    pub(super) fn any_room()(
        host_pin in any::<bool>(),
        guest_pin in any::<bool>(),
        allow_guests in proptest::bool::weighted(0.9),
        lecture in proptest::bool::weighted(0.3),
        mute_all_guests in any::<bool>(),
        guests_can_present in any::<bool>(),
        max_participants in 0..6_u32,
        microphone in 0..3_usize,
        media in 0..4_usize,
        direct in proptest::bool::weighted(0.6),
        ends in any::<bool>(),
    ) -> Room {
        let mut room = room();
        room.host_pin = host_pin.then(|| "1111".parse().unwrap());
        room.guest_pin = guest_pin.then(|| "2222".parse().unwrap());
        room.allow_guests = allow_guests;
        room.settings.vmr_type = if lecture { VmrType::Lecture } else { VmrType::Conference };
        room.settings.mute_all_guests = mute_all_guests;
        room.settings.guests_can_present = guests_can_present;
        room.settings.max_participants = max_participants;
        if direct {
            room.settings.direct_media = DirectMedia::BestEffort;
        }
        room.guest_microphone = GuestMicrophone::ALL[microphone];
        room.guest_media = CallType::parse(
            ["", "VideoSendOnlyPresentationRecvOnly", "AudioSendRecv", "VideoRecvOnly"][media],
        );
        room.settings.end_meeting_on_end_time = ends;
        room.ends_at = Some(at(4000));
        room
    }
}
