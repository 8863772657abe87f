//! What somebody is and what is switched off for it, as a restart must not forget
//! it: told to the rim whenever it changes.

use vdx_store::standings::Standing;

use super::muting::Microphone;
use super::participant::Participant;
use super::{Conference, Effect};

impl Conference {
    /// Has what changed of anybody's standing remembered.
    pub(super) fn keep_standings(&mut self) {
        for who in &mut self.participants {
            let standing = who.standing();
            if std::mem::replace(&mut who.kept, standing) != standing {
                self.effects.push(Effect::Stands(who.id, standing));
            }
        }
    }
}

impl Participant {
    pub(super) fn standing(&self) -> Standing {
        Standing {
            role: self.role,
            microphone_off_by_owner: self.microphone.off_by_owner,
            microphone_off_by_host: self.microphone.off_by_host,
            client_muted: self.client_muted,
            video_muted: self.video_muted,
            video_off_by_host: self.video_off_by_host,
            presentation_denied: self.presentation_denied,
        }
    }

    /// Stands as it was remembered.
    pub(super) fn take_up(&mut self, standing: Standing) {
        self.role = standing.role;
        self.microphone = Microphone {
            off_by_owner: standing.microphone_off_by_owner,
            off_by_host: standing.microphone_off_by_host,
        };
        self.client_muted = standing.client_muted;
        self.video_muted = standing.video_muted;
        self.video_off_by_host = standing.video_off_by_host;
        self.presentation_denied = standing.presentation_denied;
        self.kept = standing;
    }
}
