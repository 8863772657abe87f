//! Who asks, and what they may see and change: the rules of visibility in `docs/video-api.md`.

use vdx_domain::{Agent, ApiRole, OrganisationCode};
use vdx_store::meeting_users::MeetingUser;

/// The caller of a booking operation, already authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The caller's organisation; a pure provisioner may have none.
    pub organisation: Option<OrganisationCode>,
    /// The caller's e-mail; a pure provisioner may have none.
    pub email: Option<String>,
    /// Roles, at least one.
    pub roles: Vec<ApiRole>,
    /// The same caller as the audit trail tells it.
    pub agent: Agent,
}

/// The meeting's side of a visibility question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ownership<'a> {
    /// Whose meeting it is.
    pub(crate) organisation: &'a OrganisationCode,
    /// Organisation of the organiser.
    pub(crate) organizer_organisation: &'a OrganisationCode,
    /// E-mail of the organiser.
    pub(crate) organizer_email: &'a str,
}

impl Actor {
    /// A part of the hub itself, which acts by itself.
    pub(crate) fn hub(part: &str) -> Self {
        Self {
            organisation: None,
            email: None,
            roles: Vec::new(),
            agent: Agent::hub(part),
        }
    }

    /// The caller as rows name people; `None` for a machine without
    /// organisation or e-mail.
    pub(crate) fn person(&self) -> Option<MeetingUser> {
        Some(MeetingUser {
            organisation: self.organisation.clone()?,
            email: self.email.clone()?,
        })
    }

    fn has(&self, role: ApiRole) -> bool {
        self.roles.contains(&role)
    }

    /// The restricted view holds only while `meeting-user` is the only role of
    /// the booking API: any further one lifts it.
    fn is_only_user(&self) -> bool {
        self.has(ApiRole::MeetingUser)
            && ![
                ApiRole::MeetingPlanner,
                ApiRole::MeetingAdmin,
                ApiRole::MeetingProvisioner,
                ApiRole::MeetingProvisionerUser,
            ]
            .iter()
            .any(|role| self.has(*role))
    }

    /// Who becomes organiser when `named` is asked for: somebody else only
    /// from those who may name one, otherwise the caller.
    pub(crate) fn organizer(&self, caller: &MeetingUser, named: Option<&str>) -> MeetingUser {
        let may_choose = self.has(ApiRole::MeetingAdmin) || self.has(ApiRole::MeetingPlanner);
        let named = named.filter(|email| !email.is_empty() && may_choose);
        MeetingUser {
            organisation: caller.organisation.clone(),
            email: named.unwrap_or(&caller.email).to_owned(),
        }
    }

    /// Whether the caller may see and change a meeting: one of the own
    /// organisation, and for a plain user only one they organise.
    pub(crate) fn may_see_meeting(&self, meeting: Ownership<'_>) -> bool {
        if self.organisation.as_ref() != Some(meeting.organisation) {
            return false;
        }
        !self.is_only_user()
            || (self.organisation.as_ref() == Some(meeting.organizer_organisation)
                && self.email.as_deref() == Some(meeting.organizer_email))
    }

    /// Whose meetings the caller finds by searching: those of
    /// [`Actor::may_see_meeting`].
    pub(crate) fn meetings_in_sight(&self) -> MeetingSight<'_> {
        match (&self.organisation, self.person()) {
            (Some(_), Some(person)) if self.is_only_user() => MeetingSight::Organised(person),
            (Some(organisation), _) if !self.is_only_user() => {
                MeetingSight::Organisation(organisation)
            }
            _ => MeetingSight::None,
        }
    }

    /// Whether the caller may ask who is behind any address: provisioners see
    /// all rooms, with their meetings.
    pub(crate) fn sees_every_address(&self) -> bool {
        self.rooms_in_sight() == RoomSight::Everywhere
    }

    /// How far the caller sees rooms.
    pub(crate) fn rooms_in_sight(&self) -> RoomSight {
        if self.has(ApiRole::MeetingProvisioner) || self.has(ApiRole::MeetingProvisionerUser) {
            RoomSight::Everywhere
        } else if self.has(ApiRole::MeetingAdmin) || self.has(ApiRole::MeetingPlanner) {
            RoomSight::OrganisationAndBelow
        } else {
            RoomSight::Organisation
        }
    }
}

/// Whose meetings a caller finds.
pub(crate) enum MeetingSight<'a> {
    /// Nobody's.
    None,
    /// Those this person organises.
    Organised(MeetingUser),
    /// Those of this organisation.
    Organisation(&'a OrganisationCode),
}

/// Which organisations' rooms a caller may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoomSight {
    /// All.
    Everywhere,
    /// The own one and its descendants.
    OrganisationAndBelow,
    /// The own one.
    Organisation,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(roles: &[ApiRole]) -> Actor {
        Actor {
            organisation: Some(OrganisationCode("a".into())),
            email: Some("me@a.example".into()),
            roles: roles.to_vec(),
            agent: Agent::hub("test"),
        }
    }

    fn sees(roles: &[ApiRole], organisation: &str, organizer: &str) -> bool {
        let organisation = OrganisationCode(organisation.into());
        actor(roles).may_see_meeting(Ownership {
            organisation: &organisation,
            organizer_organisation: &organisation,
            organizer_email: organizer,
        })
    }

    #[test]
    fn a_plain_user_sees_only_meetings_they_organise() {
        use ApiRole::{MeetingPlanner, MeetingUser};
        assert!(sees(&[MeetingUser], "a", "me@a.example"));
        assert!(!sees(&[MeetingUser], "a", "you@a.example"));
        assert!(!sees(&[MeetingUser], "b", "me@a.example"));
        assert!(sees(&[MeetingUser, MeetingPlanner], "a", "you@a.example"));
    }

    #[test]
    fn roles_of_other_apis_do_not_lift_the_restriction() {
        use ApiRole::{ManagementAdmin, MeetingUser};
        assert!(!sees(&[MeetingUser, ManagementAdmin], "a", "you@a.example"));
    }

    #[test]
    fn nobody_sees_meetings_of_another_organisation() {
        for role in ApiRole::ALL {
            assert!(!sees(&[*role], "b", "me@a.example"), "{role}");
        }
    }

    #[test]
    fn rooms_are_seen_wider_by_planners_and_everywhere_by_provisioners() {
        use ApiRole::*;
        assert_eq!(
            actor(&[MeetingUser]).rooms_in_sight(),
            RoomSight::Organisation
        );
        for role in [MeetingPlanner, MeetingAdmin] {
            assert_eq!(
                actor(&[role]).rooms_in_sight(),
                RoomSight::OrganisationAndBelow
            );
        }
        for role in [MeetingProvisioner, MeetingProvisionerUser] {
            assert_eq!(
                actor(&[MeetingUser, role]).rooms_in_sight(),
                RoomSight::Everywhere
            );
        }
    }
}
