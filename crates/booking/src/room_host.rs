//! A host in a room, who acts on the meeting the room belongs to.

use std::net::IpAddr;

use vdx_domain::{Agent, MeetingId, OrganisationCode, ParticipantId, RoomAddress, RoomKey};
use vdx_store::meetings::{self, Meeting};

use crate::read::MEETING_NOT_FOUND;
use crate::{Actor, Booking, Error};

/// Somebody who is in a room as its host. That is all its authority comes from,
/// and it was asked for before: nothing here looks at roles.
#[derive(Debug, Clone)]
pub struct RoomHost {
    /// Which room.
    pub room: RoomKey,
    /// The address the room was entered by.
    pub alias: RoomAddress,
    /// Who, during this stay.
    pub participant: ParticipantId,
    /// From where.
    pub address: IpAddr,
}

impl RoomHost {
    /// As the audit trail tells it, acting for the organisation whose room it is.
    #[must_use]
    pub fn agent(&self, organisation: &OrganisationCode) -> Agent {
        Agent {
            id: format!("host:{}", self.participant),
            email: None,
            organisation: Some(organisation.clone()),
            address: Some(self.address),
        }
    }

    pub(crate) fn actor(&self, organisation: &OrganisationCode) -> Actor {
        Actor {
            organisation: None,
            email: None,
            roles: Vec::new(),
            agent: self.agent(organisation),
        }
    }

    pub(crate) fn meeting(&self) -> Result<MeetingId, Error> {
        match self.room {
            RoomKey::Meeting(id) => Ok(id),
            RoomKey::Fixed(_) | RoomKey::Test(_) => Err(Error::NoMeeting),
        }
    }
}

impl Booking {
    /// The meeting whose room a host is in, for what is done and recorded
    /// elsewhere.
    ///
    /// # Errors
    /// [`Error::NoMeeting`], [`Error::NotFound`] or [`Error::Store`].
    pub async fn meeting_with(&self, host: &RoomHost) -> Result<Meeting, Error> {
        let meeting = meetings::find(&mut self.db().reader(), host.meeting()?).await?;
        meeting.ok_or(MEETING_NOT_FOUND)
    }
}
