//! What the installation decides about bookings.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use vdx_domain::{OrganisationCode, Provisioner};

/// Settings of the booking part.
#[derive(Debug, Clone)]
pub struct BookingSettings {
    /// Where the hub is reached, without a slash at the end. Short links are
    /// this, `/m/` and the short id.
    pub public_url: String,
    /// Template of the portal link, with the placeholders of
    /// `docs/video-api.md`.
    pub portal_link: String,
    /// The zone of instants in answers and of the portal link's start date.
    pub time_zone: TimeZone,
    /// Values of the shared default template, which is made when a meeting is
    /// booked and no template is there.
    pub default_template: DefaultTemplate,
    /// Who makes whose rooms.
    pub provisioners: Provisioners,
    /// How pools are kept and used.
    pub pool: PoolSettings,
}

/// How pools are kept and used. How large one is says its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// How long a room must have been live before a meeting gets it, so that
    /// all nodes of an engine know it.
    pub minimum_age: SignedDuration,
    /// Whose pool helps out when another is empty; `None` = nobody's.
    pub overflow: Option<OrganisationCode>,
    /// How long a room stays set aside.
    pub reservation: SignedDuration,
    /// How long the levels of pools, one a minute, are kept.
    pub history: SignedDuration,
}

impl Default for PoolSettings {
    /// A minute, nobody, a day, and thirty days.
    fn default() -> Self {
        Self {
            minimum_age: SignedDuration::from_secs(60),
            overflow: None,
            reservation: SignedDuration::from_hours(24),
            history: SignedDuration::from_hours(30 * 24),
        }
    }
}

/// Which organisations' rooms are made by somebody else than the hub. It is
/// written into a room when it is booked, so a change here counts from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioners {
    /// Made by a system that polls lists; `*` = all that are not named.
    pub lists: BTreeSet<OrganisationCode>,
    /// Made by a system that is told by events; `*` = all that are not named.
    pub events: BTreeSet<OrganisationCode>,
    /// Subject of the bus on which they are told.
    pub subject: String,
}

impl Default for Provisioners {
    /// The hub makes all rooms itself.
    fn default() -> Self {
        Self {
            lists: BTreeSet::new(),
            events: BTreeSet::new(),
            subject: Self::SUBJECT.to_owned(),
        }
    }
}

impl Provisioners {
    /// Stands for all organisations that are not named.
    pub const OTHERS: &'static str = "*";
    /// The usual subject of events.
    pub const SUBJECT: &'static str = "provisioner.scheduling-info";

    /// Who makes the rooms of this organisation.
    #[must_use]
    pub fn of(&self, organisation: &OrganisationCode) -> Provisioner {
        let others = OrganisationCode(Self::OTHERS.to_owned());
        [organisation, &others]
            .into_iter()
            .find_map(|code| {
                if self.lists.contains(code) {
                    Some(Provisioner::Lists)
                } else if self.events.contains(code) {
                    Some(Provisioner::Events)
                } else {
                    None
                }
            })
            .unwrap_or(Provisioner::Embedded)
    }
}

impl BookingSettings {
    /// The portal link template of the hub's own page, for a hub at `public_url`.
    #[must_use]
    pub fn own_portal_link(public_url: &str) -> String {
        format!(
            "{public_url}/webapp/?conference=__uri-with-domain__&pin=__pin__&start_dato=__start-date__\
             &muteMicrophone=__microphone__&callType=__call-type__"
        )
    }
}

/// The template of last resort: used where neither the organisation, an
/// ancestor nor the hub has a default template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultTemplate {
    /// Id of the engine or cluster; carried, not interpreted.
    pub conferencing_sys_id: i64,
    /// Put before the number, up to 100 characters.
    pub uri_prefix: String,
    /// What stands behind the `@`, up to 100 characters.
    pub uri_domain: String,
    /// Room numbers are drawn from the first to below the second.
    pub uri_number_range: (i64, i64),
    /// Host PINs are drawn from the first to below the second; `None` = rooms
    /// have no host PIN.
    pub host_pin_range: Option<(i64, i64)>,
    /// The same for guests.
    pub guest_pin_range: Option<(i64, i64)>,
    /// Rooms open this many minutes before the meeting.
    pub vmr_available_before: u32,
    /// Most participants; 0 = no limit.
    pub max_participants: u32,
    /// Disconnect everybody at the end time.
    pub end_meeting_on_end_time: bool,
    /// Theme id or path.
    pub ivr_theme: Option<String>,
}

impl DefaultTemplate {
    /// The usual values, with rooms in `uri_domain`: numbers 10000–99990, PINs
    /// 10000–99999, open 15 minutes before, no limit of participants.
    #[must_use]
    pub fn in_domain(uri_domain: &str) -> Self {
        Self {
            conferencing_sys_id: 1,
            uri_prefix: String::new(),
            uri_domain: uri_domain.to_owned(),
            uri_number_range: (10_000, 99_991),
            host_pin_range: Some((10_000, 100_000)),
            guest_pin_range: Some((10_000, 100_000)),
            vmr_available_before: 15,
            max_participants: 0,
            end_meeting_on_end_time: false,
            ivr_theme: Some("10".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(codes: &[&str]) -> BTreeSet<OrganisationCode> {
        codes
            .iter()
            .map(|code| OrganisationCode((*code).to_owned()))
            .collect()
    }

    #[test]
    fn who_is_named_comes_before_all_others() {
        let of = |lists: &[&str], events: &[&str], code: &str| {
            let provisioners = Provisioners {
                lists: codes(lists),
                events: codes(events),
                ..Provisioners::default()
            };
            provisioners.of(&OrganisationCode(code.to_owned()))
        };
        assert_eq!(of(&[], &[], "a"), Provisioner::Embedded);
        assert_eq!(of(&["a"], &["b"], "a"), Provisioner::Lists);
        assert_eq!(of(&["a"], &["b"], "b"), Provisioner::Events);
        assert_eq!(of(&["a"], &["b"], "c"), Provisioner::Embedded);
        assert_eq!(of(&["a"], &["*"], "a"), Provisioner::Lists);
        assert_eq!(of(&["a"], &["*"], "c"), Provisioner::Events);
        assert_eq!(of(&["*"], &["b"], "b"), Provisioner::Events);
    }
}
