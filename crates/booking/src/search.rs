//! Finding meetings.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use vdx_domain::{MeetingId, OrganisationCode, RoomAddress, ShortId};
use vdx_store::Reader;
use vdx_store::meeting_search::{self, Criterion, MOST_FOUND, RoomName, Scope, Window};
use vdx_store::meeting_texts::Sought;
use vdx_store::meeting_users::{self, MeetingUser, MeetingUserId};
use vdx_store::meetings::{self, Meeting};

use crate::actor::MeetingSight;
use crate::read::check_sight;
use crate::{Actor, Booking, Error};

/// What meetings are searched by, as the caller says it. Only the first that is
/// there counts, in the order of the fields; an empty text is not there.
#[derive(Debug, Clone, Default)]
pub struct MeetingSearch {
    /// The end of a short link.
    pub short_id: Option<String>,
    /// A label, exactly.
    pub label: Option<String>,
    /// The subject, exactly.
    pub subject: Option<String>,
    /// The organiser's e-mail, exactly.
    pub organized_by: Option<String>,
    /// The organiser's e-mail, a label or the room's address, exactly, or a part
    /// of subject or description; between the times, where they are given.
    pub text: Option<String>,
    /// Both or none: meetings that begin in this time, bounds included.
    pub from: Option<Timestamp>,
    /// See `from`.
    pub to: Option<Timestamp>,
    /// The room's address, exactly.
    pub address: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// By the short id: there is only one.
    One(Box<Meeting>),
    /// By anything else; by their beginning.
    Many(Vec<Meeting>),
}

/// The criterion that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted<'a> {
    ShortId(&'a str),
    Label(&'a str),
    Subject(&'a str),
    OrganizedBy(&'a str),
    Text(&'a str, Option<(Timestamp, Timestamp)>),
    Start(Timestamp, Timestamp),
    Address(&'a str),
}

/// An empty text is not there.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

impl MeetingSearch {
    fn wanted(&self) -> Result<Wanted<'_>, Error> {
        if let Some(short_id) = given(&self.short_id) {
            Ok(Wanted::ShortId(short_id))
        } else if let Some(label) = given(&self.label) {
            Ok(Wanted::Label(label))
        } else if let Some(subject) = given(&self.subject) {
            Ok(Wanted::Subject(subject))
        } else if let Some(email) = given(&self.organized_by) {
            Ok(Wanted::OrganizedBy(email))
        } else {
            let interval = match (self.from, self.to) {
                (Some(from), Some(to)) => Some((from, to)),
                (None, None) => None,
                _ => return Err(Error::HalfInterval),
            };
            match (given(&self.text), interval, given(&self.address)) {
                (Some(text), interval, _) => Ok(Wanted::Text(text, interval)),
                (None, Some((from, to)), _) => Ok(Wanted::Start(from, to)),
                (None, None, Some(address)) => Ok(Wanted::Address(address)),
                (None, None, None) => Err(Error::NothingSought),
            }
        }
    }
}

impl MeetingSearch {
    /// What was asked for, as the audit trail tells it.
    fn asked(&self) -> Value {
        json!({
            "label": self.label,
            "subject": self.subject,
            "organizedBy": self.organized_by,
            "search": self.text,
            "fromStartTime": self.from,
            "toStartTime": self.to,
            "uriWithDomain": self.address,
        })
    }
}

impl Wanted<'_> {
    /// As the API names it.
    fn field(&self) -> &'static str {
        match self {
            Self::ShortId(_) => "short-id",
            Self::Label(_) => "label",
            Self::Subject(_) => "subject",
            Self::OrganizedBy(_) => "organizedBy",
            Self::Text(..) => "search",
            Self::Start(..) => "from-start-time",
            Self::Address(_) => "uriWithDomain",
        }
    }
}

/// Whose meetings a caller searches.
enum Reach {
    /// Nobody's.
    Nothing,
    /// The organisation's.
    Organisation(OrganisationCode),
    /// The own ones.
    Own(OrganisationCode, MeetingUserId),
}

impl Reach {
    fn scope(&self) -> Option<Scope<'_>> {
        match self {
            Self::Nothing => None,
            Self::Organisation(code) => Some(Scope::Organisation(code)),
            Self::Own(organisation, id) => Some(Scope::Organizer {
                organisation,
                id: *id,
            }),
        }
    }
}

impl Booking {
    /// The meetings the caller sees that meet a criterion.
    ///
    /// # Errors
    /// [`Error::NothingSought`], [`Error::HalfInterval`], [`Error::Invalid`]
    /// also when more than [`MOST_FOUND`] are found, [`Error::Store`]; by short
    /// id also [`Error::NotFound`] and [`Error::Forbidden`].
    pub async fn search(&self, actor: &Actor, search: &MeetingSearch) -> Result<Found, Error> {
        let wanted = search.wanted()?;
        if let Wanted::ShortId(short_id) = wanted {
            let meeting = self.meeting_by_short_id(actor, short_id).await?;
            return Ok(Found::One(Box::new(meeting)));
        }
        let mut reader = self.db().reader();
        let ids = self.ids(&mut reader, actor, &wanted).await?;
        if ids.len() > MOST_FOUND {
            return Err(Error::Invalid {
                field: wanted.field(),
                reason: "more than 10000 meetings are found; narrow the search",
            });
        }
        let found = meetings::load(&mut reader, &ids).await?;
        self.record_search(actor, search.asked(), &found).await?;
        Ok(Found::Many(found))
    }

    async fn meeting_by_short_id(&self, actor: &Actor, text: &str) -> Result<Meeting, Error> {
        if text.chars().count() != ShortId::LENGTH {
            return Err(Error::Invalid {
                field: "short-id",
                reason: "must have 12 characters",
            });
        }
        let not_found = || Error::NotFound {
            resource: "meeting",
            field: "shortId",
        };
        let short_id: ShortId = text.parse().map_err(|_| not_found())?;
        let mut reader = self.db().reader();
        let id = meetings::id_by_short_id(&mut reader, &short_id).await?;
        let id = id.ok_or_else(not_found)?;
        let meeting = meetings::find(&mut reader, id).await?;
        let meeting = meeting.ok_or_else(not_found)?;
        check_sight(actor, &meeting)?;
        self.record_read(actor, &meeting).await?;
        Ok(meeting)
    }

    async fn ids(
        &self,
        reader: &mut Reader,
        actor: &Actor,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<MeetingId>, Error> {
        let reach = reach(reader, actor).await?;
        if let Wanted::Address(address) = wanted {
            return ids_at(reader, actor, &reach, address).await;
        }
        let Some(scope) = reach.scope() else {
            return Ok(Vec::new());
        };
        let all = Window::ALL;
        let criterion = match *wanted {
            Wanted::Label(text) | Wanted::Subject(text) if text.contains('\0') => {
                return Ok(Vec::new());
            }
            Wanted::Label(label) => Criterion::Label(label),
            Wanted::Subject(subject) => Criterion::Subject(subject),
            Wanted::OrganizedBy(email) => match reach.organizer(reader, email).await? {
                Some(organizer) => Criterion::Organizer(organizer),
                None => return Ok(Vec::new()),
            },
            Wanted::Start(from, to) => {
                let window = Window::from_to(from, to);
                return Ok(meeting_search::ids(reader, scope, Criterion::Start, window).await?);
            }
            Wanted::Text(text, interval) => {
                let window = interval.map_or(all, |(from, to)| Window::between(from, to));
                return ids_with_anything(reader, &reach, scope, text, window).await;
            }
            // Both are answered before.
            Wanted::ShortId(_) | Wanted::Address(_) => return Ok(Vec::new()),
        };
        Ok(meeting_search::ids(reader, scope, criterion, all).await?)
    }

    /// The meeting in the room of this address.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] or [`Error::Store`].
    pub async fn meeting_by_address(&self, actor: &Actor, address: &str) -> Result<Meeting, Error> {
        self.meeting_in_room(actor, RoomName::Address(address))
            .await
    }

    /// The meeting in the room of this number or chosen name, while the room
    /// has it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] or [`Error::Store`].
    pub async fn meeting_by_number(&self, actor: &Actor, number: &str) -> Result<Meeting, Error> {
        self.meeting_in_room(actor, RoomName::Number(number)).await
    }

    async fn meeting_in_room(&self, actor: &Actor, room: RoomName<'_>) -> Result<Meeting, Error> {
        let mut reader = self.db().reader();
        let seen = if actor.sees_every_address() {
            meeting_search::id_by_room(&mut reader, room, None).await?
        } else {
            let reach = reach(&mut reader, actor).await?;
            match reach.scope() {
                Some(scope) => meeting_search::id_by_room(&mut reader, room, Some(scope)).await?,
                None => None,
            }
        };
        if let Some(id) = seen
            && let Some(meeting) = meetings::find(&mut reader, id).await?
        {
            self.record_read(actor, &meeting).await?;
            return Ok(meeting);
        }
        match meeting_search::id_by_room(&mut reader, room, None).await? {
            Some(_) => Err(Error::Forbidden),
            None => Err(Error::NotFound {
                resource: "meeting",
                field: "uriWithDomain",
            }),
        }
    }
}

async fn reach(reader: &mut Reader, actor: &Actor) -> Result<Reach, Error> {
    Ok(match actor.meetings_in_sight() {
        MeetingSight::None => Reach::Nothing,
        MeetingSight::Organisation(code) => Reach::Organisation(code.clone()),
        MeetingSight::Organised(person) => match meeting_users::find(reader, &person).await? {
            // Who was never seen in a meeting organises none.
            None => Reach::Nothing,
            Some(id) => Reach::Own(person.organisation, id),
        },
    })
}

impl Reach {
    /// The organiser of this e-mail, if their meetings are in reach. Nobody is
    /// made by being asked for.
    async fn organizer(
        &self,
        reader: &mut Reader,
        email: &str,
    ) -> Result<Option<MeetingUserId>, Error> {
        let (Self::Organisation(organisation) | Self::Own(organisation, _)) = self else {
            return Ok(None);
        };
        if email.contains('\0') {
            return Ok(None);
        }
        let person = MeetingUser {
            organisation: organisation.clone(),
            email: email.to_owned(),
        };
        let found = meeting_users::find(reader, &person).await?;
        Ok(found.filter(|found| match self {
            Self::Own(_, own) => found == own,
            _ => true,
        }))
    }
}

async fn ids_at(
    reader: &mut Reader,
    actor: &Actor,
    reach: &Reach,
    address: &str,
) -> Result<Vec<MeetingId>, Error> {
    let scope = reach.scope();
    let Ok(address) = address.parse::<RoomAddress>() else {
        return Ok(Vec::new());
    };
    if scope.is_none() && !actor.sees_every_address() {
        return Ok(Vec::new());
    }
    let scope = scope.filter(|_| !actor.sees_every_address());
    Ok(meeting_search::ids_at(reader, &address, scope, Window::ALL).await?)
}

/// What the parameter `search` finds: every meeting once.
async fn ids_with_anything(
    reader: &mut Reader,
    reach: &Reach,
    scope: Scope<'_>,
    text: &str,
    window: Window,
) -> Result<Vec<MeetingId>, Error> {
    // What no meeting can hold is no label and no address either.
    let Some(sought) = Sought::new(text) else {
        return Ok(Vec::new());
    };
    let mut found = HashSet::new();
    let with_text = meeting_search::ids_with_text(reader, scope, &sought, window).await?;
    found.extend(with_text.ok_or(Error::Invalid {
        field: "search",
        reason: "must have at least 3 characters, or a shorter time between the times",
    })?);
    found.extend(meeting_search::ids(reader, scope, Criterion::Label(text), window).await?);
    if let Some(organizer) = reach.organizer(reader, text).await? {
        let organised = Criterion::Organizer(organizer);
        found.extend(meeting_search::ids(reader, scope, organised, window).await?);
    }
    if let Ok(address) = text.parse::<RoomAddress>() {
        found.extend(meeting_search::ids_at(reader, &address, Some(scope), window).await?);
    }
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> MeetingSearch {
        let text = |text: &str| Some(text.to_owned());
        MeetingSearch {
            short_id: text("000102abcdef"),
            label: text("l"),
            subject: text("s"),
            organized_by: text("o"),
            text: text("t"),
            from: Some("2026-12-01T10:00:00Z".parse().unwrap()),
            to: Some("2026-12-02T10:00:00Z".parse().unwrap()),
            address: text("a@b"),
        }
    }

    #[test]
    fn the_first_that_is_there_counts() {
        let mut search = everything();
        let (from, to) = (search.from.unwrap(), search.to.unwrap());
        assert_eq!(search.wanted().unwrap(), Wanted::ShortId("000102abcdef"));
        search.short_id = None;
        assert_eq!(search.wanted().unwrap(), Wanted::Label("l"));
        // An empty text is not there.
        search.label = Some(String::new());
        assert_eq!(search.wanted().unwrap(), Wanted::Subject("s"));
        search.subject = None;
        assert_eq!(search.wanted().unwrap(), Wanted::OrganizedBy("o"));
        search.organized_by = None;
        assert_eq!(
            search.wanted().unwrap(),
            Wanted::Text("t", Some((from, to)))
        );
        search.text = None;
        assert_eq!(search.wanted().unwrap(), Wanted::Start(from, to));
        (search.from, search.to) = (None, None);
        assert_eq!(search.wanted().unwrap(), Wanted::Address("a@b"));
        search.address = None;
        assert!(matches!(search.wanted(), Err(Error::NothingSought)));
    }

    #[test]
    fn half_an_interval_is_refused_where_it_would_count() {
        let mut search = MeetingSearch {
            from: None,
            ..everything()
        };
        assert!(search.wanted().is_ok());
        (
            search.short_id,
            search.label,
            search.subject,
            search.organized_by,
        ) = Default::default();
        for _ in 0..3 {
            assert!(matches!(search.wanted(), Err(Error::HalfInterval)));
            // Neither with a text to search, nor with an address, nor alone.
            if search.text.take().is_none() {
                search.address = None;
            }
        }
    }
}
