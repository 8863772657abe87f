//! The tree of organisations, for those who manage it.
//!
//! A [`Manager`] acts for an organisation and reaches it and all below it:
//! nothing beside it, and of what is above only the way up.

mod audit;
mod authority;
mod error;
mod limits;
mod logo;
mod newcomers;
mod themes;
mod tree;

use std::sync::Arc;

use jiff::Timestamp;
use vdx_domain::{Agent, Clock, OrganisationCode, RoomAddress};
use vdx_store::address_owners::{self, AddressOwner};
use vdx_store::organisation_tree::{self, Node};
use vdx_store::organisations::{self, Details, GroupKind, NewOrganisation, Organisation};
use vdx_store::{Connection, Db, Sealer};

pub use authority::Authority;
pub use error::OrganisationError;
pub use limits::{MAX_ADDRESSES, MAX_POOL_SIZE};
pub use logo::MAX_LOGO;
pub(crate) use newcomers::take_in;
pub use themes::{LogoName, Theme, ThemeDetails};
pub use tree::TreeNode;

use OrganisationError as Error;

/// Who reads or changes organisations.
#[derive(Debug, Clone)]
pub struct Manager {
    /// The organisation it acts for.
    pub organisation: OrganisationCode,
    /// The same as the audit trail tells it.
    pub agent: Agent,
}

/// A node, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeName {
    /// The node of the organisation of this code.
    Code(OrganisationCode),
    /// The node with this id.
    Group(i64),
}

/// Reads and changes organisations. Cheap to clone.
#[derive(Clone)]
pub struct Organisations(Arc<Inner>);

struct Inner {
    db: Db,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Organisations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Organisations(…)")
    }
}

impl Organisations {
    /// Puts it together.
    #[must_use]
    pub fn new(db: Db, sealer: Sealer, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { db, sealer, clock }))
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The organisation of this code, for those who reach it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn read(
        &self,
        manager: &Manager,
        code: &OrganisationCode,
    ) -> Result<Organisation, Error> {
        let mut reader = self.0.db.reader();
        let found = organisations::by_code(&mut reader, code).await?;
        let found = found.ok_or(Error::NotFound)?;
        reach(&mut reader, manager, found.group_id).await?;
        Ok(found)
    }

    /// Makes an organisation below `parent`.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::ParentUnknown`], [`Error::Forbidden`],
    /// [`Error::CodeTaken`], [`Error::HistoryKeyTaken`], [`Error::TreeFull`].
    pub async fn create(
        &self,
        manager: &Manager,
        parent: &OrganisationCode,
        code: &OrganisationCode,
        name: Option<&str>,
        details: &Details,
    ) -> Result<Organisation, Error> {
        let name = name.unwrap_or_else(|| limits::as_name(&code.0));
        limits::check_code(&code.0)?;
        limits::check_name(name)?;
        limits::check_details(details)?;
        let mut tx = self.0.db.begin().await?;
        let parent = organisations::group_of(&mut tx, parent).await?;
        let parent = parent.ok_or(Error::ParentUnknown)?;
        reach(&mut tx, manager, parent).await?;
        let new = NewOrganisation {
            code,
            name,
            kind: GroupKind::Agency,
            parent_group: Some(parent),
            pool_size: details.pool_size,
            allow_custom_uri_without_domain: details.allow_custom_uri_without_domain,
        };
        let now = self.now();
        let made = organisations::add(&mut tx, new, now).await;
        let made = made.map_err(Error::or_taken(Error::CodeTaken))?;
        if !organisation_tree::is_within_limits(&mut tx, made).await? {
            return Err(Error::TreeFull);
        }
        organisations::set_details(&mut tx, &self.0.sealer, code, details, now)
            .await
            .map_err(Error::or_taken(Error::HistoryKeyTaken))?;
        let made = organisations::by_code(&mut tx, code).await?;
        let made = made.ok_or(Error::NotFound)?;
        audit::created(&mut tx, manager, &made, now);
        tx.commit().await?;
        Ok(made)
    }

    /// Puts these details in the place of all that were there.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Forbidden`],
    /// [`Error::HistoryKeyTaken`].
    pub async fn overwrite(
        &self,
        manager: &Manager,
        code: &OrganisationCode,
        details: &Details,
    ) -> Result<Organisation, Error> {
        limits::check_details(details)?;
        let mut tx = self.0.db.begin().await?;
        let before = organisations::by_code(&mut tx, code).await?;
        let before = before.ok_or(Error::NotFound)?;
        reach(&mut tx, manager, before.group_id).await?;
        let now = self.now();
        organisations::set_details(&mut tx, &self.0.sealer, code, details, now)
            .await
            .map_err(Error::or_taken(Error::HistoryKeyTaken))?;
        let after = organisations::by_code(&mut tx, code).await?;
        let after = after.ok_or(Error::NotFound)?;
        audit::changed(&mut tx, manager, &before, &after, now);
        tx.commit().await?;
        Ok(after)
    }

    /// The way from the top of the tree down to a node.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn path_to(&self, manager: &Manager, node: &NodeName) -> Result<TreeNode, Error> {
        let mut reader = self.0.db.reader();
        let group = group_of(&mut reader, node).await?;
        let chain = reach(&mut reader, manager, group).await?;
        tree::path(chain, &manager.organisation).ok_or(Error::NotFound)
    }

    /// A node with all that is below it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn below(&self, manager: &Manager, node: &NodeName) -> Result<TreeNode, Error> {
        let group = group_of(&mut self.0.db.reader(), node).await?;
        self.tree_of(manager, group).await
    }

    /// The tree of the organisation whose history this key opens.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn by_history_key(&self, manager: &Manager, key: &str) -> Result<TreeNode, Error> {
        let mut reader = self.0.db.reader();
        let group =
            organisations::group_of_history_api_key(&mut reader, &self.0.sealer, key).await?;
        self.tree_of(manager, group.ok_or(Error::NotFound)?).await
    }

    async fn tree_of(&self, manager: &Manager, group: i64) -> Result<TreeNode, Error> {
        let mut reader = self.0.db.reader();
        reach(&mut reader, manager, group).await?;
        let nodes = organisation_tree::below(&mut reader, group).await?;
        tree::tree(nodes).ok_or(Error::NotFound)
    }

    /// The codes of the organisation and of all below it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn codes(
        &self,
        manager: &Manager,
        code: &OrganisationCode,
    ) -> Result<Vec<OrganisationCode>, Error> {
        let mut reader = self.0.db.reader();
        let group = organisations::group_of(&mut reader, code).await?;
        let group = group.ok_or(Error::NotFound)?;
        reach(&mut reader, manager, group).await?;
        let nodes = organisation_tree::below(&mut reader, group).await?;
        let organisations = nodes.into_iter().filter_map(|node| node.organisation);
        Ok(organisations
            .map(|organisation| organisation.code)
            .collect())
    }

    /// Whose these addresses are. Those of nobody, and of organisations out of
    /// the manager's reach, are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more than [`MAX_ADDRESSES`].
    pub async fn owners<'a>(
        &self,
        manager: &Manager,
        addresses: &'a [String],
    ) -> Result<Vec<(&'a str, AddressOwner)>, Error> {
        limits::check_addresses(addresses)?;
        let mut reader = self.0.db.reader();
        let group = organisations::group_of(&mut reader, &manager.organisation).await?;
        let within: std::collections::HashSet<i64> = match group {
            Some(group) => organisation_tree::below(&mut reader, group).await?,
            None => Vec::new(),
        }
        .into_iter()
        .map(|node| node.group_id)
        .collect();
        let mut owners = Vec::new();
        for text in addresses {
            // What is no address leads to nobody.
            let Ok(address) = text.parse::<RoomAddress>() else {
                continue;
            };
            let owner = address_owners::owner(&mut reader, &address).await?;
            owners.extend(
                owner
                    .filter(|owner| within.contains(&owner.group_id))
                    .map(|owner| (text.as_str(), owner)),
            );
        }
        Ok(owners)
    }
}

async fn group_of(connection: &mut impl Connection, node: &NodeName) -> Result<i64, Error> {
    match node {
        NodeName::Group(group) => Ok(*group),
        NodeName::Code(code) => organisations::group_of(connection, code)
            .await?
            .ok_or(Error::NotFound),
    }
}

/// The node and all above it, when it is within the manager's reach: the node of
/// the manager's organisation, or below it.
async fn reach(
    connection: &mut impl Connection,
    manager: &Manager,
    group: i64,
) -> Result<Vec<Node>, Error> {
    let chain = organisation_tree::chain(connection, group).await?;
    if chain.is_empty() {
        return Err(Error::NotFound);
    }
    let reached = chain
        .iter()
        .any(|node| tree::is_of(node, &manager.organisation));
    if reached {
        Ok(chain)
    } else {
        Err(Error::Forbidden)
    }
}
