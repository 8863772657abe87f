//! How the pools stand, for those who may see their rooms.

use std::collections::HashMap;

use serde_json::json;
use vdx_domain::{OrganisationCode, Provisioner};
use vdx_store::organisation_tree::MAX_NODES;
use vdx_store::pool_levels::{self, PoolLevel};
use vdx_store::scheduling_infos::SchedulingInfo;
use vdx_store::templates::{self, Template};

use crate::room_lists::{MOST_ROOMS, rooms_seen_by};
use crate::{Actor, Booking, Error};

/// How a pool stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolState {
    /// What it wants and what it has.
    pub level: PoolLevel,
    /// The organisation's own template of its pool, else its own default.
    pub template: Option<Template>,
    /// Its free rooms that are live, the newest first.
    pub rooms: Vec<SchedulingInfo>,
}

impl Booking {
    /// The pools of the organisations whose rooms the caller sees, by their
    /// codes. Those whose rooms are made by events are left out. Of the rooms
    /// the newest 10 000 are told, each with its pool.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn pools(&self, actor: &Actor) -> Result<Vec<PoolState>, Error> {
        let Some(seen) = rooms_seen_by(actor) else {
            return Ok(Vec::new());
        };
        let (mut reader, now) = (self.db().reader(), self.now());
        let limit = u32::try_from(MAX_NODES).unwrap_or(u32::MAX);
        let mut levels = pool_levels::levels(&mut reader, seen, now, limit).await?;
        let provisioners = &self.settings().provisioners;
        levels.retain(|level| provisioners.of(&level.organisation) != Provisioner::Events);
        let rooms =
            pool_levels::free_rooms(&mut reader, self.sealer(), seen, now, MOST_ROOMS).await?;
        self.record_search(actor, json!({ "list": "pool" }), &rooms)
            .await?;
        let templates = templates::of_pools(&mut reader, seen).await?;
        // They name who made them.
        if !templates.is_empty() {
            self.record_search(actor, json!({ "list": "pool" }), &templates)
                .await?;
        }
        let mut templates = by_organisation(templates);
        let mut rooms_of: HashMap<OrganisationCode, Vec<SchedulingInfo>> = HashMap::new();
        for room in rooms {
            let of_one = rooms_of.entry(room.organisation.clone()).or_default();
            of_one.push(room);
        }
        let state = |level: PoolLevel| PoolState {
            template: templates.remove(&level.organisation),
            rooms: rooms_of.remove(&level.organisation).unwrap_or_default(),
            level,
        };
        Ok(levels.into_iter().map(state).collect())
    }
}

/// One template for each organisation: that of the pool comes before the default.
fn by_organisation(templates: Vec<Template>) -> HashMap<OrganisationCode, Template> {
    let mut chosen: HashMap<OrganisationCode, Template> = HashMap::new();
    for template in templates {
        let Some(organisation) = template.values.organisation.clone() else {
            continue;
        };
        let better = |other: &Template| template.values.is_pool && !other.values.is_pool;
        if chosen.get(&organisation).is_none_or(better) {
            chosen.insert(organisation, template);
        }
    }
    chosen
}
