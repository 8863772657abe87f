//! The views hosts choose while the conference runs.

use vdx_domain::{ParticipantId, Room, ViewType};

use super::{Conference, Refused};

/// What a host wants shown otherwise than the room says; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transforms {
    /// The view for hosts.
    pub host_view: Option<ViewType>,
    /// The view for guests.
    pub guest_view: Option<ViewType>,
    /// Whether names are drawn on the pictures.
    pub overlay_text: Option<bool>,
}

impl Conference {
    /// Changes what everybody sees, until the conference is over.
    ///
    /// # Errors
    /// [`Refused::NotAllowed`] unless by a host.
    pub fn transform_layout(
        &mut self,
        by: ParticipantId,
        wanted: Transforms,
    ) -> Result<(), Refused> {
        self.host(by)?;
        self.transforms = Transforms {
            host_view: wanted.host_view.or(self.transforms.host_view),
            guest_view: wanted.guest_view.or(self.transforms.guest_view),
            overlay_text: wanted.overlay_text.or(self.transforms.overlay_text),
        };
        self.transforms.apply(&mut self.room);
        self.settle();
        Ok(())
    }
}

impl Transforms {
    /// Writes what was chosen over what the room says.
    pub(super) fn apply(self, room: &mut Room) {
        let settings = &mut room.settings;
        settings.host_view = self.host_view.unwrap_or(settings.host_view);
        settings.guest_view = self.guest_view.unwrap_or(settings.guest_view);
        settings.enable_overlay_text = self.overlay_text.unwrap_or(settings.enable_overlay_text);
    }
}
