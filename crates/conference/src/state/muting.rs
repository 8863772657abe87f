//! Microphones and cameras off and on.

use vdx_domain::{GuestMicrophone, ParticipantId, ParticipantRole, RoomSettings, VmrType};
use vdx_store::live_conferences::GuestMicrophones;

use super::{Conference, Refused};

/// What can be switched off for a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mute {
    /// The microphone, by the conference: nobody hears it.
    Audio,
    /// The microphone, in the participant's own client, which says so.
    OwnAudio,
    /// The camera: nobody sees it.
    Video,
}

/// Why the conference does not pass a microphone on; nothing of it is why it does.
/// The two are kept apart, so that a host who lets all guests speak again opens
/// no microphone that its owner switched off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Microphone {
    /// Its owner switched it off, or came in with it off, and may switch it on.
    pub(super) off_by_owner: bool,
    /// A host or the room switched it off. A guest switches it on where guests
    /// may unmute.
    pub(super) off_by_host: bool,
}

impl Microphone {
    /// It is passed on.
    pub(super) const OPEN: Self = Self {
        off_by_owner: false,
        off_by_host: false,
    };
}

/// What a room says of its guests' microphones. The guests of a lecture are muted
/// until a host gives them the word.
pub(super) fn by_room(settings: &RoomSettings) -> GuestMicrophones {
    let lecture = settings.vmr_type == VmrType::Lecture;
    GuestMicrophones {
        muted: lecture || settings.mute_all_guests,
        can_unmute: !lecture,
    }
}

impl Conference {
    /// How somebody comes in.
    pub(super) fn microphone_of_newcomer(&self, role: ParticipantRole) -> Microphone {
        match role {
            ParticipantRole::Host => Microphone::OPEN,
            ParticipantRole::Guest => Microphone {
                off_by_owner: self.room.guest_microphone == GuestMicrophone::Muted,
                off_by_host: self.guest_microphones.muted,
            },
        }
    }

    /// Switches something off or on again for `target`.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless `by` is the target, or a host who acts on
    /// what the conference decides; for a guest who may not unmute; and for a
    /// microphone that the room gives no voice.
    pub fn mute(
        &mut self,
        by: ParticipantId,
        target: ParticipantId,
        what: Mute,
        off: bool,
    ) -> Result<(), Refused> {
        let by_host = self.participant(by)?.is_host();
        let oneself = by == target;
        if !oneself && (!by_host || what == Mute::OwnAudio) {
            return Err(Refused::NotAllowed);
        }
        let can_unmute = by_host || self.guest_microphones.can_unmute;
        let room = &self.room;
        let mut everybody = self.participants.iter_mut();
        let target = everybody
            .find(|who| who.id == target)
            .ok_or(Refused::UnknownTarget)?;
        match what {
            Mute::Audio if off && oneself => target.microphone.off_by_owner = true,
            Mute::Audio if off => target.microphone.off_by_host = true,
            Mute::Audio => {
                let held = target.microphone.off_by_host && !can_unmute;
                if held || !target.has_voice(room) {
                    return Err(Refused::NotAllowed);
                }
                target.microphone = Microphone::OPEN;
            }
            Mute::OwnAudio => {
                target.client_muted = off;
                // Who switches the microphone on means to be heard.
                target.microphone.off_by_owner &= off;
            }
            Mute::Video => {
                target.video_muted = off;
                target.video_off_by_host = off && (target.video_off_by_host || !oneself);
            }
        }
        self.settle();
        Ok(())
    }

    /// Mutes all guests and those who come, or ends that. Then those are heard
    /// again whom a host or the room had muted; who muted oneself stays muted.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn mute_guests(&mut self, by: ParticipantId, off: bool) -> Result<(), Refused> {
        self.host(by)?;
        self.guest_microphones.muted = off;
        for guest in self.participants.iter_mut().filter(|p| !p.has_host_role()) {
            guest.microphone.off_by_host = off;
        }
        self.settle();
        Ok(())
    }

    /// Whether guests may switch on what a host or the room switched off.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn let_guests_unmute(&mut self, by: ParticipantId, yes: bool) -> Result<(), Refused> {
        self.host(by)?;
        self.guest_microphones.can_unmute = yes;
        self.settle();
        Ok(())
    }
}
