//! Organisations that are made when somebody of theirs comes for the first time.

use jiff::Timestamp;
use vdx_domain::{Agent, OrganisationCode};
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::{Db, Error, organisation_tree};

use super::{Manager, audit, limits};

/// Makes an organisation below `parent`, in the name of the one who came; it
/// keeps no pool and nothing is set. `false` when it cannot be made: the parent
/// is not known, the code is none, or the tree is full there.
pub(crate) async fn take_in(
    db: &Db,
    code: &OrganisationCode,
    parent: &OrganisationCode,
    agent: Agent,
    now: Timestamp,
) -> Result<bool, Error> {
    if limits::check_code(&code.0).is_err() {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    let Some(parent_group) = organisations::group_of(&mut tx, parent).await? else {
        return Ok(false);
    };
    let new = NewOrganisation {
        code,
        name: limits::as_name(&code.0),
        kind: GroupKind::Agency,
        parent_group: Some(parent_group),
        pool_size: None,
        allow_custom_uri_without_domain: false,
    };
    let group = match organisations::add(&mut tx, new, now).await {
        Ok(group) => group,
        // Somebody else of it came at the same time.
        Err(Error::Duplicate) => return Ok(true),
        Err(error) => return Err(error),
    };
    if !organisation_tree::is_within_limits(&mut tx, group).await? {
        return Ok(false);
    }
    let made = organisations::by_code(&mut tx, code).await?;
    let manager = Manager {
        organisation: code.clone(),
        agent,
    };
    audit::created(&mut tx, &manager, &made.ok_or(Error::Missing)?, now);
    tx.commit().await?;
    Ok(true)
}
