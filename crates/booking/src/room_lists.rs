//! Lists of rooms, for those who may see them and for provisioners that poll.

use std::collections::HashMap;

use serde_json::json;
use vdx_store::meetings;
use vdx_store::scheduling_infos::{self, Interval, RoomsOf, SchedulingInfo};

use crate::actor::RoomSight;
use crate::{Actor, Booking, Error, RoomDetails};

/// Most rooms in an answer.
pub(crate) const MOST_ROOMS: u32 = 10_000;
/// Meetings read by one statement: as many as may have all their labels.
const MEETINGS_AT_ONCE: usize = 500;

impl Booking {
    /// The rooms with a meeting that the caller sees and that open, or whose
    /// meetings end, inside an interval.
    ///
    /// # Errors
    /// [`Error::ListTooLong`] or [`Error::Store`].
    pub async fn scheduling_infos(
        &self,
        actor: &Actor,
        interval: Interval,
    ) -> Result<Vec<RoomDetails>, Error> {
        let mut rooms = Vec::new();
        if let Some(seen) = rooms_seen_by(actor) {
            let mut reader = self.db().reader();
            let limit = MOST_ROOMS + 1;
            rooms =
                scheduling_infos::in_interval(&mut reader, self.sealer(), seen, interval, limit)
                    .await?;
        }
        if rooms.len() > MOST_ROOMS as usize {
            return Err(Error::ListTooLong(MOST_ROOMS));
        }
        let asked = json!({
            "from": interval.from,
            "to": interval.to,
            "status": interval.status.as_str(),
        });
        self.record_search(actor, asked, &rooms).await?;
        self.with_meetings(rooms).await
    }

    /// The rooms that provisioners that poll have to make now: the 10 000 that
    /// opened first, for whoever is behind must be able to catch up.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn rooms_to_provision(&self, actor: &Actor) -> Result<Vec<RoomDetails>, Error> {
        let (mut reader, now) = (self.db().reader(), self.now());
        let rooms =
            scheduling_infos::to_provision(&mut reader, self.sealer(), now, MOST_ROOMS).await?;
        self.record_search(actor, json!({ "list": "provision" }), &rooms)
            .await?;
        self.with_meetings(rooms).await
    }

    /// The rooms that provisioners that poll have to remove now: the 10 000
    /// whose meetings ended first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn rooms_to_deprovision(&self, actor: &Actor) -> Result<Vec<RoomDetails>, Error> {
        let (mut reader, now) = (self.db().reader(), self.now());
        let rooms =
            scheduling_infos::to_deprovision(&mut reader, self.sealer(), now, MOST_ROOMS).await?;
        self.record_search(actor, json!({ "list": "deprovision" }), &rooms)
            .await?;
        self.with_meetings(rooms).await
    }

    async fn with_meetings(&self, rooms: Vec<SchedulingInfo>) -> Result<Vec<RoomDetails>, Error> {
        let ids: Vec<_> = rooms.iter().filter_map(|room| room.meeting).collect();
        let mut meetings = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MEETINGS_AT_ONCE) {
            let read = meetings::load(&mut self.db().reader(), ids).await?;
            meetings.extend(read.into_iter().map(|meeting| (meeting.id, meeting)));
        }
        Ok(rooms
            .into_iter()
            .map(|room| RoomDetails {
                meeting: room.meeting.and_then(|id| meetings.remove(&id)),
                room,
            })
            .collect())
    }
}

/// Whose rooms the caller sees; `None` = nobody's.
pub(crate) fn rooms_seen_by(actor: &Actor) -> Option<RoomsOf<'_>> {
    let own = actor.organisation.as_ref();
    match actor.rooms_in_sight() {
        RoomSight::Everywhere => Some(RoomsOf::All),
        RoomSight::Organisation => own.map(RoomsOf::Organisation),
        RoomSight::OrganisationAndBelow => own.map(RoomsOf::OrganisationAndBelow),
    }
}
