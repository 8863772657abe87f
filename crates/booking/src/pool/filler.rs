//! Keeps pools as full as their organisations want them.
//!
//! A run makes at most one room for each pool that lacks some, and takes one
//! out of each that has too many, so that a pool grows and shrinks slowly
//! whatever happens to it. Pools of organisations whose provisioner polls are
//! filled by that provisioner.

use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

use vdx_domain::{OrganisationCode, Provisioner, SchedulingInfoId};
use vdx_store::Tx;
use vdx_store::leases::Lease;
use vdx_store::meeting_users::{self, MeetingUser};
use vdx_store::organisation_tree::{self, MAX_NODES};
use vdx_store::pool_levels::{self, PoolLevel};
use vdx_store::scheduling_infos::{self, RoomsOf};
use vdx_store::templates::{self, Template};

use crate::events::Happened;
use crate::{Actor, Booking, Error};

/// Name of the lease of the node that fills.
const LEASE: &str = "pool_filler";
/// How long pools stand still after the node that filled them died.
const LEASE_LIFETIME: Duration = Duration::from_secs(20);
/// As whom the hub makes rooms; in a domain that nobody has (RFC 2606).
const OWNER: &str = "pool@vdx.invalid";

/// What a pool needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// A further room.
    Room,
    /// A room that could not be made is to go, so that another can be made.
    Repair,
    /// It has too many.
    Less,
}

/// What this pool needs, if anything.
fn need(level: &PoolLevel) -> Option<Need> {
    let there = level.available + level.on_the_way;
    if level.failed > 0 {
        Some(Need::Repair)
    } else if there < level.desired {
        Some(Need::Room)
    } else if there > level.desired {
        Some(Need::Less)
    } else {
        None
    }
}

impl Booking {
    /// Fills pools, one run each `every`, until `shutdown` is done. One node
    /// does it at a time.
    pub async fn run_pool_filler(&self, every: Duration, shutdown: impl Future<Output = ()>) {
        let lease = Lease::new(LEASE, LEASE_LIFETIME);
        let mut stuck = HashSet::new();
        tokio::pin!(shutdown);
        loop {
            let run = async {
                if lease.hold(self.db(), self.now()).await? {
                    self.fill_pools(&mut stuck).await?;
                }
                Ok::<_, Error>(())
            };
            if let Err(error) = run.await {
                tracing::warn!(%error, "pools could not be filled; trying again");
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = tokio::time::sleep(every) => {}
            }
        }
        if let Err(error) = lease.release(self.db()).await {
            tracing::debug!(%error, "the lease of the filler runs out by itself");
        }
    }

    /// One run over all pools. `stuck` holds the organisations whose pool could
    /// not be filled, so that each is told once and not with every run.
    ///
    /// # Errors
    /// [`Error::Store`] when the pools cannot be read.
    pub async fn fill_pools(&self, stuck: &mut HashSet<OrganisationCode>) -> Result<(), Error> {
        let (now, limit) = (self.now(), most_pools());
        let mut reader = self.db().reader();
        let mut levels = pool_levels::levels(&mut reader, RoomsOf::All, now, limit).await?;
        levels.extend(pool_levels::left_over(&mut reader, now, limit).await?);
        let mut made = false;
        for level in levels.iter().filter(|level| need(level).is_some()) {
            match self.adjust(&level.organisation).await {
                Ok(one) => {
                    made |= one;
                    stuck.remove(&level.organisation);
                }
                Err(error) => {
                    let organisation = &level.organisation;
                    if stuck.insert(organisation.clone()) {
                        tracing::warn!(%error, %organisation, "the pool cannot be filled");
                    }
                }
            }
        }
        if made {
            self.wake_provisioner();
        }
        Ok(())
    }

    /// Brings one pool a step nearer to what it should be; `true` = there is a
    /// new room.
    async fn adjust(&self, organisation: &OrganisationCode) -> Result<bool, Error> {
        let mut tx = self.db().begin().await?;
        // What is counted now must still be true when a room is made.
        tx.lock(&format!("pool of {organisation}")).await?;
        let one = RoomsOf::Organisation(organisation);
        let mut levels = pool_levels::levels(&mut tx, one, self.now(), 1).await?;
        if levels.is_empty() {
            levels = pool_levels::left_over(&mut tx, self.now(), most_pools()).await?;
            levels.retain(|level| level.organisation == *organisation);
        }
        let Some(need) = levels.first().and_then(need) else {
            return Ok(false);
        };
        let polls = self.settings().provisioners.of(organisation) == Provisioner::Lists;
        match need {
            Need::Room if polls => return Ok(false),
            Need::Room => self.add_room(&mut tx, organisation).await?,
            Need::Repair => {
                let failed = pool_levels::failed(&mut tx, organisation, 1).await?;
                self.remove_rooms(&mut tx, failed).await?;
            }
            Need::Less => {
                let oldest = pool_levels::oldest_free(&mut tx, organisation, self.now(), 1).await?;
                self.remove_rooms(&mut tx, oldest).await?;
            }
        }
        tx.commit().await?;
        Ok(need == Need::Room)
    }

    async fn add_room(&self, tx: &mut Tx, organisation: &OrganisationCode) -> Result<(), Error> {
        let template = self.pool_template(tx, organisation).await?;
        let owner = MeetingUser {
            organisation: organisation.clone(),
            email: OWNER.to_owned(),
        };
        let creator = meeting_users::ensure(tx, &owner).await?;
        let room = self
            .insert_pool_room(tx, organisation, &template, creator)
            .await?;
        self.record_created(tx, &filler(), &room);
        self.tell(tx, Happened::Create, &room, None).await
    }

    /// The pool's own template, or the one that a booking without wishes gets.
    async fn pool_template(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationCode,
    ) -> Result<Template, Error> {
        if let Some(template) = templates::find_pool(tx, organisation).await? {
            return Ok(template);
        }
        let lineage = organisation_tree::lineage(tx, organisation).await?;
        self.select_template(tx, &lineage, None).await
    }

    /// Removes rooms that no meeting and no reservation has taken meanwhile.
    async fn remove_rooms(&self, tx: &mut Tx, ids: Vec<SchedulingInfoId>) -> Result<(), Error> {
        for id in ids {
            let Some(room) = scheduling_infos::find(tx, self.sealer(), id).await? else {
                continue;
            };
            if pool_levels::remove(tx, id, self.now()).await? {
                self.record_deleted(tx, &filler(), &room);
                self.tell(tx, Happened::PoolDelete, &room, None).await?;
            }
        }
        Ok(())
    }
}

/// Every organisation may have a pool.
fn most_pools() -> u32 {
    u32::try_from(MAX_NODES).unwrap_or(u32::MAX)
}

/// The hub itself.
fn filler() -> Actor {
    Actor::hub("pool")
}
