//! Reading and changing an organisation's own templates.

use serde_json::json;
use vdx_domain::OrganisationCode;
use vdx_store::meeting_users::{self, MeetingUser, MeetingUserId};
use vdx_store::templates::{self, Template};
use vdx_store::{Connection, Tx};

use super::TemplateRequest;
use crate::{Actor, Booking, Error};

const NOT_FOUND: Error = Error::NotFound {
    resource: "schedulingTemplate",
    field: "id",
};

impl Booking {
    /// The templates of the caller's organisation, oldest first. A caller
    /// without organisation sees none.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn templates(&self, actor: &Actor) -> Result<Vec<Template>, Error> {
        let Some(own) = &actor.organisation else {
            return Ok(Vec::new());
        };
        let found = templates::list(&mut self.db().reader(), own).await?;
        self.record_search(actor, json!({ "list": "template" }), &found)
            .await?;
        Ok(found)
    }

    /// A template of the caller's organisation.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a template of another organisation, or
    /// [`Error::Store`].
    pub async fn template(&self, actor: &Actor, id: i64) -> Result<Template, Error> {
        let own = actor.organisation.as_ref().ok_or(NOT_FOUND)?;
        let found = own_template(&mut self.db().reader(), own, id).await?;
        self.record_read(actor, &found).await?;
        Ok(found)
    }

    /// Makes a template of the caller's organisation.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::PoolTemplateTaken`], [`Error::Forbidden`]
    /// for a caller without organisation or e-mail, or [`Error::Store`].
    pub async fn create_template(
        &self,
        actor: &Actor,
        request: TemplateRequest,
    ) -> Result<Template, Error> {
        let me = actor.person().ok_or(Error::Forbidden)?;
        let values = request.into_values(me.organisation.clone())?;
        let mut tx = self.locked_templates(&me).await?;
        let by = meeting_users::ensure(&mut tx, &me).await?;
        if templates::list(&mut tx, &me.organisation).await?.len() >= templates::MOST {
            return Err(Error::Invalid {
                field: "schedulingTemplate",
                reason: "an organisation has at most 1000",
            });
        }
        if values.is_pool {
            only_pool_template(&mut tx, &me.organisation, None).await?;
        }
        if values.is_default {
            self.clear_default(&mut tx, actor, &me.organisation, None, by)
                .await?;
        }
        let id = templates::insert(&mut tx, &values, Some(by), self.now()).await?;
        let made = own_template(&mut tx, &me.organisation, id).await?;
        self.record_created(&mut tx, actor, &made);
        tx.commit().await?;
        Ok(made)
    }

    /// Replaces a template of the caller's organisation. Rooms made from it
    /// before stay as they are.
    ///
    /// # Errors
    /// As [`Booking::create_template`], and [`Error::NotFound`].
    pub async fn update_template(
        &self,
        actor: &Actor,
        id: i64,
        request: TemplateRequest,
    ) -> Result<Template, Error> {
        let me = actor.person().ok_or(Error::Forbidden)?;
        let values = request.into_values(me.organisation.clone())?;
        let mut tx = self.locked_templates(&me).await?;
        let before = own_template(&mut tx, &me.organisation, id).await?;
        let by = meeting_users::ensure(&mut tx, &me).await?;
        if values.is_pool {
            only_pool_template(&mut tx, &me.organisation, Some(id)).await?;
        }
        if values.is_default {
            self.clear_default(&mut tx, actor, &me.organisation, Some(id), by)
                .await?;
        }
        if !templates::update(&mut tx, id, &values, by, self.now()).await? {
            return Err(NOT_FOUND);
        }
        let changed = own_template(&mut tx, &me.organisation, id).await?;
        self.record_updated(&mut tx, actor, &before, &changed);
        tx.commit().await?;
        Ok(changed)
    }

    /// Deletes a template of the caller's organisation. Rooms made from it stay.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] or [`Error::Store`].
    pub async fn delete_template(&self, actor: &Actor, id: i64) -> Result<(), Error> {
        let me = actor.person().ok_or(Error::Forbidden)?;
        let mut tx = self.locked_templates(&me).await?;
        let template = own_template(&mut tx, &me.organisation, id).await?;
        let by = meeting_users::ensure(&mut tx, &me).await?;
        if !templates::delete(&mut tx, &me.organisation, id, by, self.now()).await? {
            return Err(NOT_FOUND);
        }
        self.record_deleted(&mut tx, actor, &template);
        tx.commit().await?;
        Ok(())
    }

    /// The default that there was becomes an ordinary template, unless it is
    /// `except`.
    async fn clear_default(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        organisation: &OrganisationCode,
        except: Option<i64>,
        by: MeetingUserId,
    ) -> Result<(), Error> {
        let before = match templates::find_default(tx, Some(organisation)).await? {
            Some(default) if Some(default.id) != except => default,
            Some(_) | None => return Ok(()),
        };
        templates::clear_default(tx, before.id, by, self.now()).await?;
        let after = own_template(tx, organisation, before.id).await?;
        self.record_updated(tx, actor, &before, &after);
        Ok(())
    }

    /// A transaction in which nobody else writes templates.
    async fn locked_templates(&self, me: &MeetingUser) -> Result<Tx, Error> {
        let mut tx = self.db().begin().await?;
        templates::lock(&mut tx).await?;
        if !vdx_store::organisations::exists(&mut tx, &me.organisation).await? {
            return Err(Error::OrganisationUnknown);
        }
        Ok(tx)
    }
}

async fn own_template(
    connection: &mut impl Connection,
    organisation: &OrganisationCode,
    id: i64,
) -> Result<Template, Error> {
    let found = templates::find(connection, organisation, id).await?;
    found.ok_or(NOT_FOUND)
}

/// An organisation has one pool template; `id` is the one being written.
async fn only_pool_template(
    tx: &mut Tx,
    organisation: &OrganisationCode,
    id: Option<i64>,
) -> Result<(), Error> {
    match templates::find_pool(tx, organisation).await? {
        Some(pool) if Some(pool.id) != id => Err(Error::PoolTemplateTaken),
        Some(_) | None => Ok(()),
    }
}
