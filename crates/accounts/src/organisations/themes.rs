//! What the pages of an organisation look like and say. What it does not say
//! itself it has from the organisation above it.

use serde_json::{Value, json};
use vdx_domain::{
    AuditOperation, AuditResource, LogoType, OrganisationCode, RoomAddress, ThemeMembers,
};
use vdx_store::audit::{self, NewRecord, change};
use vdx_store::themes::{self, Logo, OwnTheme};
use vdx_store::{Connection, Tx, address_owners, organisations};

use super::{Authority, OrganisationError as Error, Organisations, logo};

/// What is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Theme {
    /// All but the logo; what is missing nobody has said.
    pub members: ThemeMembers,
    /// The logo.
    pub logo: Option<LogoName>,
}

/// Which logo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoName {
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
}

/// What an organisation has of its own, and what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeDetails {
    /// Its own.
    pub own: Theme,
    /// With what it has from above.
    pub shown: Theme,
}

/// What becomes other.
enum Changed<'a> {
    /// All but the logo.
    Members(&'a ThemeMembers),
    /// The logo; `None` = it goes.
    Logo(Option<&'a Logo>),
}

impl From<OwnTheme> for Theme {
    fn from(own: OwnTheme) -> Self {
        let organisation = own.organisation;
        Self {
            members: own.members,
            logo: own.logo_hash.map(|hash| LogoName { organisation, hash }),
        }
    }
}

impl Theme {
    fn or(self, above: Self) -> Self {
        Self {
            members: self.members.or(above.members),
            logo: self.logo.or(above.logo),
        }
    }
}

impl Organisations {
    /// What is shown of an organisation; nothing of one that does not exist.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn theme_of(&self, code: &OrganisationCode) -> Result<Theme, Error> {
        let mut reader = self.0.db.reader();
        let group = organisations::group_of(&mut reader, code).await?;
        shown_at(&mut reader, group).await
    }

    /// What is shown at an address: of whoever has the room that is there, else
    /// the domain. An address of nobody takes as many questions.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn theme_at(&self, address: &RoomAddress) -> Result<Theme, Error> {
        let mut reader = self.0.db.reader();
        let owner = address_owners::owner(&mut reader, address).await?;
        shown_at(&mut reader, owner.map(|owner| owner.group_id)).await
    }

    /// The organisation's own logo.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn logo(&self, code: &OrganisationCode) -> Result<Option<Logo>, Error> {
        Ok(themes::logo(&mut self.0.db.reader(), code).await?)
    }

    /// The theme of an organisation, for those who oversee it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn theme(
        &self,
        by: &Authority,
        code: &OrganisationCode,
    ) -> Result<ThemeDetails, Error> {
        let mut reader = self.0.db.reader();
        let group = by.group(&mut reader, code).await?;
        details(&mut reader, group).await
    }

    /// Puts these in the place of what the organisation had of its own, but for
    /// the logo.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn set_theme(
        &self,
        by: &Authority,
        code: &OrganisationCode,
        members: &ThemeMembers,
    ) -> Result<ThemeDetails, Error> {
        self.change_theme(by, code, Changed::Members(members)).await
    }

    /// Gives the organisation this logo.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn set_logo(
        &self,
        by: &Authority,
        code: &OrganisationCode,
        media_type: LogoType,
        content: Vec<u8>,
    ) -> Result<ThemeDetails, Error> {
        let logo = logo::read(media_type, content)?;
        self.change_theme(by, code, Changed::Logo(Some(&logo)))
            .await
    }

    /// Takes the organisation's own logo away.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn remove_logo(
        &self,
        by: &Authority,
        code: &OrganisationCode,
    ) -> Result<ThemeDetails, Error> {
        self.change_theme(by, code, Changed::Logo(None)).await
    }

    async fn change_theme(
        &self,
        by: &Authority,
        code: &OrganisationCode,
        changed: Changed<'_>,
    ) -> Result<ThemeDetails, Error> {
        let mut tx = self.0.db.begin().await?;
        let group = by.group(&mut tx, code).await?;
        // What is read now is what will be changed.
        tx.lock(&format!("theme/{code}")).await?;
        let before = details(&mut tx, group).await?;
        match changed {
            Changed::Members(members) => {
                themes::set_members(&mut tx, code, members, self.now()).await?;
            }
            Changed::Logo(Some(logo)) => {
                themes::set_logo(&mut tx, code, logo, self.now()).await?;
            }
            Changed::Logo(None) => themes::remove_logo(&mut tx, code).await?,
        }
        let after = details(&mut tx, group).await?;
        self.record(&mut tx, by, code, &before.own, &after.own);
        tx.commit().await?;
        Ok(after)
    }

    fn record(
        &self,
        tx: &mut Tx,
        by: &Authority,
        code: &OrganisationCode,
        before: &Theme,
        after: &Theme,
    ) {
        let record = NewRecord {
            at: self.now(),
            organisation: code.clone(),
            agent: by.agent().clone(),
            resource: AuditResource::Theme,
            operation: AuditOperation::Update,
            identifier: code.0.clone(),
            details: change(Some(&snapshot(before)), Some(&snapshot(after))),
        };
        audit::append(tx, record);
    }
}

/// What everybody is shown anyway, so also the number to call.
fn snapshot(theme: &Theme) -> Value {
    json!({
        "members": theme.members,
        "logoHash": theme.logo.as_ref().map(|logo| &logo.hash),
    })
}

async fn details(connection: &mut impl Connection, group: i64) -> Result<ThemeDetails, Error> {
    let mut lineage = themes::lineage(connection, group).await?.into_iter();
    let own = lineage.next().map(Theme::from).ok_or(Error::NotFound)?;
    let shown = lineage.map(Theme::from).fold(own.clone(), Theme::or);
    Ok(ThemeDetails { own, shown })
}

/// No node has the id 0, which is asked for where there is none.
async fn shown_at(connection: &mut impl Connection, group: Option<i64>) -> Result<Theme, Error> {
    let lineage = themes::lineage(connection, group.unwrap_or(0)).await?;
    let themes = lineage.into_iter().map(Theme::from);
    Ok(themes.fold(Theme::default(), Theme::or))
}
