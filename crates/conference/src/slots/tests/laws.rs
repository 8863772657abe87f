//! What holds in every conference, whatever happens in it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vdx_domain::ViewType;

use super::*;

/// Something that happens. Indices are taken modulo the number of members.
#[derive(Debug, Clone)]
enum Happening {
    Comes {
        host: bool,
        waiting: bool,
        slots: SlotCounts,
    },
    Goes(usize),
    Levels(Vec<u8>),
    Speaks(usize),
    Mutes(usize, bool),
    Camera(usize, bool),
    Waits(usize, bool),
    CameraSlots(usize, u8),
    Presents(Option<usize>),
    Spotlight(Vec<usize>),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let at = || 0..32usize;
    let slots = (0..=4u8, 0..=6u8, 0..=1u8).prop_map(|(audio, main, slides)| SlotCounts {
        audio,
        main,
        slides,
    });
    prop_oneof![
        3 => (any::<bool>(), prop::bool::weighted(0.2), slots)
            .prop_map(|(host, waiting, slots)| Comes { host, waiting, slots }),
        1 => at().prop_map(Goes),
        1 => prop::collection::vec(0..128u8, 8).prop_map(Levels),
        2 => at().prop_map(Speaks),
        1 => (at(), any::<bool>()).prop_map(|(n, is)| Mutes(n, is)),
        1 => (at(), any::<bool>()).prop_map(|(n, is)| Camera(n, is)),
        1 => (at(), any::<bool>()).prop_map(|(n, is)| Waits(n, is)),
        1 => (at(), 0..=6u8).prop_map(|(n, slots)| CameraSlots(n, slots)),
        1 => prop::option::of(at()).prop_map(Presents),
        1 => prop::collection::vec(at(), 0..4).prop_map(Spotlight),
    ]
}

fn any_settings() -> impl Strategy<Value = RoomSettings> {
    let view = || prop::sample::select(ViewType::ALL.to_vec());
    (view(), view(), any::<bool>(), any::<bool>()).prop_map(|(host, guest, forced, lecture)| {
        RoomSettings {
            host_view: host,
            guest_view: guest,
            force_presenter_into_main: forced,
            vmr_type: if lecture {
                VmrType::Lecture
            } else {
                VmrType::Conference
            },
            ..RoomSettings::default()
        }
    })
}

#[derive(Debug)]
struct Story {
    settings: RoomSettings,
    members: Vec<Member>,
    speakers: Vec<ParticipantId>,
    presenter: Option<ParticipantId>,
    spotlights: Vec<ParticipantId>,
}

impl Story {
    fn step(&mut self, what: Happening) {
        use Happening::*;
        let count = self.members.len();
        let id = |n: usize| (count > 0).then(|| self.members[n % count].id);
        let ids: Vec<ParticipantId> = match &what {
            Spotlight(which) => which.iter().filter_map(|n| id(*n)).collect(),
            Goes(n) | Speaks(n) | Presents(Some(n)) => id(*n).into_iter().collect(),
            _ => Vec::new(),
        };
        match what {
            Comes {
                host,
                waiting,
                slots,
            } => self.members.push(Member {
                role: if host {
                    ParticipantRole::Host
                } else {
                    ParticipantRole::Guest
                },
                waiting,
                slots,
                ..member(1, 1)
            }),
            Goes(_) => {
                self.members.retain(|member| !ids.contains(&member.id));
                self.speakers.retain(|id| !ids.contains(id));
            }
            Levels(levels) => {
                for (level, member) in levels.iter().cycle().zip(&mut self.members) {
                    member.level = *level;
                }
            }
            Speaks(_) => {
                self.speakers.retain(|id| !ids.contains(id));
                self.speakers.splice(0..0, ids);
            }
            Presents(_) => self.presenter = ids.first().copied(),
            Spotlight(_) => self.spotlights = ids,
            Mutes(n, is) => self.change(n, |member| member.muted = is),
            Camera(n, is) => self.change(n, |member| member.camera = is),
            Waits(n, is) => self.change(n, |member| member.waiting = is),
            CameraSlots(n, slots) => self.change(n, |member| member.slots.main = slots),
        }
    }

    fn change(&mut self, n: usize, change: impl FnOnce(&mut Member)) {
        let count = self.members.len().max(1);
        if let Some(member) = self.members.get_mut(n % count) {
            change(member);
        }
    }

    fn view(&self) -> View<'_> {
        View {
            members: &self.members,
            speakers: &self.speakers,
            presenter: self.presenter,
            spotlights: &self.spotlights,
            settings: &self.settings,
        }
    }

    fn check(&self, before: &SlotTable, table: &SlotTable) {
        for receiver in &self.members {
            let seats = table.seats(receiver.id);
            assert_eq!(seats.is_none(), receiver.waiting, "waiting");
            let Some(seats) = seats else { continue };
            for (slot, source) in seats.taken() {
                self.check_seat(receiver, slot, source);
                let again = seats
                    .taken()
                    .filter(|(other, who)| other.content == slot.content && *who == source);
                assert_eq!(again.count(), 1, "twice in {:?}", slot.content);
            }
            self.check_stability(receiver, before, table);
            self.check_cameras(receiver, seats);
        }
    }

    fn check_seat(&self, receiver: &Member, slot: Slot, source: ParticipantId) {
        assert_ne!(receiver.id, source, "own stream");
        let source = self.members.iter().find(|member| member.id == source);
        let source = source.expect("the source is there");
        assert!(!source.waiting, "waiting");
        let lecture = self.settings.vmr_type == VmrType::Lecture;
        let (count, allowed) = match slot.content {
            Content::Audio => (receiver.slots.microphones(), !source.muted),
            Content::Main => (
                receiver.slots.main,
                !lecture || is_host(receiver) || is_host(source),
            ),
            Content::Slides => (receiver.slots.slides, self.presenter == Some(source.id)),
        };
        assert!(slot.index < count, "no such slot");
        assert!(allowed, "{:?}", slot.content);
    }

    /// Who was in a slot of this receiver and still is, is in the same.
    fn check_stability(&self, receiver: &Member, before: &SlotTable, table: &SlotTable) {
        let (Some(before), Some(now)) = (before.seats(receiver.id), table.seats(receiver.id))
        else {
            return;
        };
        for (slot, source) in before.taken() {
            let same =
                |(new, who): &(Slot, ParticipantId)| new.content == slot.content && *who == source;
            let count = receiver.slots.main;
            if let Some((new, _)) = now.taken().find(same)
                && (slot.content != Content::Main || slot.index < count)
            {
                assert_eq!(new, slot, "jumped");
            }
        }
    }

    /// As many cameras as there are pictures and slots, the right ones first.
    fn check_cameras(&self, receiver: &Member, seats: &Seats) {
        let lecture = self.settings.vmr_type == VmrType::Lecture;
        let sources: Vec<&Member> = self
            .members
            .iter()
            .filter(|m| !m.waiting && m.id != receiver.id)
            .filter(|m| !lecture || is_host(receiver) || is_host(m))
            .collect();
        let view = if is_host(receiver) {
            self.settings.host_view
        } else {
            self.settings.guest_view
        };
        let most = view.pictures();
        let count = usize::from(most.large + most.small)
            .min(usize::from(receiver.slots.main))
            .min(sources.len());
        let layout = seats.layout();
        assert_eq!(layout.order.len(), count, "an empty slot");
        assert_eq!(layout.large, count.min(usize::from(most.large)));
        let shown: BTreeSet<_> = layout.order.iter().collect();
        let slots = seats
            .taken()
            .filter(|(slot, _)| slot.content == Content::Main);
        let slots: Vec<ParticipantId> = slots.map(|(_, who)| who).collect();
        assert_eq!(slots.iter().collect::<BTreeSet<_>>(), shown);

        let camera = |id: &&ParticipantId| sources.iter().any(|m| m.camera && m.id == **id);
        let host = |id: &ParticipantId| sources.iter().any(|m| is_host(m) && m.id == *id);
        let forced = self
            .presenter
            .as_ref()
            .filter(|id| self.settings.force_presenter_into_main && host(id));
        let active = self.speakers.iter().find(camera);
        let first = forced
            .into_iter()
            .chain(&self.spotlights)
            .filter(camera)
            .chain(active);
        let mut wanted: Vec<ParticipantId> = Vec::new();
        for who in first {
            if !wanted.contains(who) {
                wanted.push(*who);
            }
        }
        for who in wanted.iter().take(layout.large) {
            assert!(layout.is_large(*who), "who comes first is not large");
        }
        for who in wanted.iter().take(count) {
            assert!(shown.contains(who), "who comes first is not seen");
        }
        let off = layout.order.iter().filter(|id| !camera(id)).count();
        let on = sources.iter().filter(|m| m.camera).count();
        assert_eq!(
            off,
            count.saturating_sub(on),
            "a camera that is off took a slot"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_rules_hold_in_random_conferences(
        settings in any_settings(),
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let mut story = Story {
            settings,
            members: Vec::new(),
            speakers: Vec::new(),
            presenter: None,
            spotlights: Vec::new(),
        };
        let mut table = SlotTable::default();
        for what in happenings {
            story.step(what);
            let next = assign(story.view(), &table);
            story.check(&table, &next);
            prop_assert_eq!(&assign(story.view(), &next), &next, "not at rest");
            table = next;
        }
    }
}
