//! What is kept of a conference for the time after a restart, and coming back by it.

use std::collections::HashMap;

use vdx_domain::VmrType;
use vdx_store::standings::Standing;

use super::*;
use crate::token::Claims;

/// A hub that is killed knows what it was told to remember, and the tokens are
/// with the clients.
struct Remembered {
    rig: Rig,
    standings: HashMap<ParticipantId, Standing>,
}

impl Remembered {
    fn new(room: Room) -> Self {
        Self {
            rig: Rig::in_room(room),
            standings: HashMap::new(),
        }
    }

    fn note(&mut self) {
        for effect in self.rig.effects() {
            if let Effect::Stands(who, standing) = effect {
                self.standings.insert(who, standing);
            }
        }
    }

    fn claims(&self, who: ParticipantId) -> Claims {
        let conference = &self.rig.conference;
        let participant = conference.participant(who).unwrap();
        Claims {
            participant: who,
            conference: conference.id(),
            room: conference.room().key,
            alias: "clinic@rooms.example".parse().unwrap(),
            role: participant.role,
            name: participant.name.clone(),
            direct_chat: true,
            direct_media: true,
            joined_at: participant.joined_at,
            waiting: participant.waiting,
            expires_at: at(self.rig.now + 120),
        }
    }

    /// Kills the hub and has those come back, with tokens of now.
    fn restart(&mut self, back: &[Claims]) {
        self.note();
        let memory = self.rig.conference.memory();
        let room = self.rig.conference.room().clone();
        let now = at(self.rig.now);
        self.rig.conference = Conference::continued(now, Some(memory), room.clone());
        for claims in back {
            let standing = self.standings.get(&claims.participant).copied();
            let conference = &mut self.rig.conference;
            let joined = conference.come_back(now, room.clone(), claims, standing);
            assert_eq!(joined.unwrap().participant, claims.participant);
            conference.attach(claims.participant).unwrap();
        }
    }
}

#[test]
fn what_is_switched_off_for_somebody_is_off_after_a_restart() {
    let mut hub = Remembered::new(room());
    let host = hub.rig.join(HOST);
    let [by_host, by_itself, hidden, without_slides, free] = [(); 5].map(|()| hub.rig.join(GUEST));
    let conference = &mut hub.rig.conference;
    conference.mute(host, by_host, Mute::Audio, true).unwrap();
    let acts = [Mute::Audio, Mute::OwnAudio];
    for what in acts {
        conference.mute(by_itself, by_itself, what, true).unwrap();
    }
    conference.mute(host, hidden, Mute::Video, true).unwrap();
    let denied = conference.let_receive_presentation(host, without_slides, false);
    denied.unwrap();
    conference.let_guests_unmute(host, false).unwrap();
    let everybody = [host, by_host, by_itself, hidden, without_slides, free];
    let before = everybody.map(|who| hub.rig.view(who));
    hub.restart(&everybody.map(|who| hub.claims(who)));

    let after = everybody.map(|who| hub.rig.view(who));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    let [host_view, muted, ..] = &after;
    assert!(muted.muted && !host_view.muted);
    assert!(
        hub.rig
            .conference
            .participant(hidden)
            .unwrap()
            .video_off_by_host
    );
    let unmuted = hub
        .rig
        .conference
        .mute(by_host, by_host, Mute::Audio, false);
    assert_eq!(unmuted, Err(Refused::NotAllowed));
    hub.restart(&everybody.map(|who| hub.claims(who)));
    assert!(hub.rig.view(by_host).muted, "a second time");
}

#[test]
fn what_was_switched_on_again_is_on_after_a_restart() {
    let mut room = room();
    room.settings.vmr_type = VmrType::Lecture;
    let mut hub = Remembered::new(room);
    let (host, asked, quiet) = (hub.rig.join(HOST), hub.rig.join(GUEST), hub.rig.join(GUEST));
    let conference = &mut hub.rig.conference;
    conference.mute(host, asked, Mute::Audio, false).unwrap();
    let back = [host, asked, quiet].map(|who| hub.claims(who));
    hub.restart(&back);
    assert!(!hub.rig.view(asked).muted && hub.rig.view(quiet).muted);
    assert!(!hub.rig.status(host).guests_can_unmute);
}

#[test]
fn what_hosts_said_of_all_guests_holds_for_newcomers_too() {
    let mut hub = Remembered::new(room());
    let (host, guest) = (hub.rig.join(HOST), hub.rig.join(GUEST));
    hub.rig.conference.mute_guests(host, true).unwrap();
    hub.restart(&[host, guest].map(|who| hub.claims(who)));
    assert!(hub.rig.status(host).guests_muted);
    let late = hub.rig.join(GUEST);
    assert!(hub.rig.view(guest).muted && hub.rig.view(late).muted);

    hub.rig.conference.mute_guests(host, false).unwrap();
    hub.restart(&[host, guest, late].map(|who| hub.claims(who)));
    assert!(!hub.rig.view(guest).muted && !hub.rig.view(late).muted);
    assert!(!hub.rig.status(host).guests_muted);
}

#[test]
fn a_role_that_was_changed_holds_whatever_an_older_token_says() {
    let mut hub = Remembered::new(room());
    let (host, former, promoted) = (hub.rig.join(HOST), hub.rig.join(HOST), hub.rig.join(GUEST));
    let older = [host, former, promoted].map(|who| hub.claims(who));
    let conference = &mut hub.rig.conference;
    conference.set_role(at(0), host, former, GUEST).unwrap();
    conference.set_role(at(0), host, promoted, HOST).unwrap();
    hub.restart(&older);
    assert_eq!(hub.rig.conference.role_of(former), Ok(GUEST));
    assert_eq!(hub.rig.conference.role_of(promoted), Ok(HOST));
    let lock = hub.rig.conference.lock(at(0), former);
    assert_eq!(lock, Err(Refused::NotAllowed));
}

#[test]
fn what_changes_nothing_is_not_remembered_again() {
    let mut hub = Remembered::new(room());
    let (host, guest) = (hub.rig.join(HOST), hub.rig.join(GUEST));
    let stands = |rig: &mut Rig| {
        let effects = rig.effects();
        effects
            .iter()
            .filter(|one| matches!(one, Effect::Stands(..)))
            .count()
    };
    assert_eq!(stands(&mut hub.rig), 0, "for newcomers nothing is off");
    for _ in 0..2 {
        let conference = &mut hub.rig.conference;
        conference.mute(host, guest, Mute::Audio, true).unwrap();
    }
    hub.rig.wait(5);
    assert_eq!(stands(&mut hub.rig), 1);
}
