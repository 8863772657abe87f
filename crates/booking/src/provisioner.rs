//! The embedded provisioner: gives booked rooms their life in time.
//!
//! The hub's own engine needs nothing to be made for a room, so a room is live
//! as soon as its status says so. Several nodes may run the provisioner at the
//! same time: each step is one conditional statement, done by whoever comes
//! first.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vdx_domain::{ProvisionStatus, SchedulingInfoId};
use vdx_store::meetings;
use vdx_store::scheduling_infos::{self, Due, DueRoom, Provision};

use crate::events::Happened;
use crate::{Booking, Error};

/// Most rooms in one transaction.
const BATCH: u32 = 100;
/// Most batches before the provisioner looks whether it should stop.
const MAX_BATCHES: usize = 100;
/// Longest sleep: another node may have booked something that is due earlier.
const LONGEST_SLEEP: Duration = Duration::from_secs(15);
/// Sleep after a failure of the database.
const PAUSE: Duration = Duration::from_secs(2);
/// A room that nobody made (the hub was off, or the meeting was over when it
/// was booked) keeps its number this long after both booking and meeting.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// What is said of such a room.
const ABANDONED: &str = "The meeting was over before its room was made or removed.";

impl Booking {
    /// Makes rooms when they are due and takes them away after their meeting,
    /// until `shutdown` is done.
    pub async fn run_provisioner(&self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            let sleep = match self.provision_due().await {
                Ok(next) => self.sleep_until(next),
                Err(error) => {
                    tracing::warn!(%error, "rooms could not be provisioned; trying again");
                    PAUSE
                }
            };
            tokio::select! {
                () = &mut shutdown => return,
                () = self.woken() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    fn sleep_until(&self, next: Option<Timestamp>) -> Duration {
        next.map_or(LONGEST_SLEEP, |next| {
            let ahead = self.now().duration_until(next);
            Duration::try_from(ahead)
                .unwrap_or(Duration::ZERO)
                .clamp(Duration::from_millis(10), LONGEST_SLEEP)
        })
    }

    /// Does everything that is due now, and says when there will be more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn provision_due(&self) -> Result<Option<Timestamp>, Error> {
        let now = self.now();
        let long_over = now.checked_sub(ABANDONED_AFTER).unwrap_or(Timestamp::MIN);
        for _ in 0..MAX_BATCHES {
            let mut made = self.due(Due::Provision, now).await?;
            made.extend(self.due(Due::ProvisionIdle, now).await?);
            self.advance(&made, make).await?;
            let over = self.due(Due::Deprovision, now).await?;
            self.advance(&over, |room| take_away(room, None)).await?;
            let abandoned = self.due(Due::Abandoned(long_over), now).await?;
            self.advance(&abandoned, |room| take_away(room, Some(ABANDONED)))
                .await?;
            let never_made = self.due(Due::NeverMade(long_over), now).await?;
            self.give_up(&never_made).await?;
            let all = [&made, &over, &abandoned, &never_made];
            if all.iter().all(|rooms| rooms.is_empty()) {
                break;
            }
        }
        Ok(scheduling_infos::next_due(&mut self.db().reader(), now).await?)
    }

    async fn due(&self, what: Due, now: Timestamp) -> Result<Vec<DueRoom>, Error> {
        Ok(scheduling_infos::due(&mut self.db().reader(), what, now, BATCH).await?)
    }

    /// Makes a room live that waits for it.
    pub(crate) async fn provision(&self, id: SchedulingInfoId) -> Result<(), Error> {
        let status = ProvisionStatus::AwaitsProvision;
        self.advance(&[DueRoom { id, status }], make).await
    }

    /// Frees the numbers of rooms that somebody else should have made and never
    /// made, and tells those who are told.
    async fn give_up(&self, rooms: &[DueRoom]) -> Result<(), Error> {
        for due in rooms {
            let mut tx = self.db().begin().await?;
            let to = take_away(*due, Some(ABANDONED));
            let room = scheduling_infos::find(&mut tx, self.sealer(), due.id).await?;
            let Some(room) = room else { continue };
            let at = self.now();
            if !scheduling_infos::advance(&mut tx, due.id, due.status, &to, at).await? {
                continue;
            }
            let meeting = match room.meeting {
                Some(id) => meetings::find(&mut tx, id).await?,
                None => None,
            };
            let ends_at = meeting.map(|meeting| meeting.ends_at);
            self.tell(&mut tx, Happened::Delete, &room, ends_at).await?;
            tx.commit().await?;
            tracing::info!(room = %due.id, from = %due.status, "given up");
        }
        Ok(())
    }

    async fn advance(
        &self,
        rooms: &[DueRoom],
        to: impl Fn(DueRoom) -> Provision,
    ) -> Result<(), Error> {
        if rooms.is_empty() {
            return Ok(());
        }
        // In one order on every node, so that two cannot wait for each other.
        let mut rooms = rooms.to_vec();
        rooms.sort_unstable_by_key(|room| room.id);
        let mut tx = self.db().begin().await?;
        let at = self.now();
        for room in rooms {
            let to = to(room);
            if scheduling_infos::advance(&mut tx, room.id, room.status, &to, at).await? {
                tracing::info!(room = %room.id, from = %room.status, to = %to.status, "provisioned");
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn make(room: DueRoom) -> Provision {
    Provision {
        status: ProvisionStatus::ProvisionedOk,
        description: None,
        at: None,
        // The engine knows a room by the id it has when it is made.
        vmr_id: Some(room.id.to_string()),
    }
}

fn take_away(room: DueRoom, why: Option<&str>) -> Provision {
    Provision {
        status: ProvisionStatus::DeprovisionOk,
        description: why.map(str::to_owned),
        at: None,
        vmr_id: (room.status == ProvisionStatus::ProvisionedOk).then(|| room.id.to_string()),
    }
}
