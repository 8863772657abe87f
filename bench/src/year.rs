//! A year of a country's meetings, written straight into a hub's database.
//!
//! Each meeting is a copy of one that was really booked, with its own ids, times,
//! people, texts and number, and with PINs sealed for their place. What is over is
//! deprovisioned and has given back its number, what is to come awaits its room.
//! Each room has the last entry of its status history; the audit trail is left out.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vdx_domain::{Clock, OrganisationCode, Pin};
use vdx_store::meeting_texts::Indexed;
use vdx_store::organisations::{self, GroupKind, NewOrganisation};
use vdx_store::{Connection as _, Db, EngineKind, FromRow, Place, Row, Sealer, Tx, Value};

use crate::batch::Batch;
use crate::raw::Sample;

/// Meetings of one organiser, and of one month or so of an organisation.
pub const MEETINGS_OF_ONE: u32 = 50;
/// Meetings that share a label and a word.
pub const MEETINGS_OF_A_CASE: u32 = 10;
/// Rooms that wait to be made, and as many that wait to be removed.
pub const WAITING: u32 = 20;
/// A word of every subject.
pub const COMMON_WORD: &str = "konsultation";

const PAST: SignedDuration = SignedDuration::from_hours(24 * 335);
const FUTURE: SignedDuration = SignedDuration::from_hours(24 * 30);
const LENGTH: SignedDuration = SignedDuration::from_mins(30);
/// Meetings of a transaction.
const TOGETHER: u32 = 10_000;

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Meetings altogether.
    pub meetings: u32,
    /// Organisations they belong to in turn; the first is that of the sample.
    pub organisations: u32,
}

/// What was written, to ask for it.
#[derive(Debug)]
pub struct Year {
    /// Now, for the year.
    pub now: Timestamp,
    /// Where the sample was booked; everything here is of this organisation.
    pub organisation: OrganisationCode,
    /// Its meetings.
    pub meetings: Vec<Written>,
}

/// A meeting.
#[derive(Debug)]
pub struct Written {
    /// Its id, and its room's.
    pub id: Uuid,
    /// The end of its short link.
    pub short_id: String,
    /// Its subject, which no other in the organisation has.
    pub subject: String,
    /// A label that [`MEETINGS_OF_A_CASE`] share; a word of the descriptions, too.
    pub case: String,
    /// Who organises it.
    pub organizer: String,
    /// The room's address.
    pub address: String,
    /// When it begins.
    pub starts_at: Timestamp,
}

/// Someone who organises meetings.
struct Person {
    id: Uuid,
    email: String,
}

struct Organisation {
    code: OrganisationCode,
    people: Vec<Person>,
}

/// Writes a year of meetings around now, as copies of `sample`. What waits is
/// written last, around the time it is then: a year takes some to write.
///
/// # Errors
/// When the database refuses.
pub async fn write(
    db: &Db,
    sealer: &Sealer,
    sample: &Sample,
    size: Size,
    clock: &dyn Clock,
) -> Result<Year> {
    let now = clock.now();
    let own = sample.text("meetings", "organisation_code")?;
    let mut tx = db.begin().await?;
    let organisations = organisations(&mut tx, own, size, now).await?;
    let mut writer = Writer::new(&mut tx, sealer, sample, now).await?;
    tx.commit().await?;

    let mut meetings = Vec::new();
    let mut n = 0;
    while n < size.meetings {
        let mut tx = db.begin().await?;
        for _ in 0..TOGETHER.min(size.meetings - n) {
            let share = f64::from(n) / f64::from(size.meetings);
            let starts_at = now - PAST + (PAST + FUTURE).mul_f64(share);
            let place = (n % size.organisations) as usize;
            let organisation = organisations.get(place).context("no organisation")?;
            let plan = Plan::new(n / size.organisations, n, organisation, starts_at, now)?;
            let written = writer.add(&plan)?;
            if place == 0 {
                meetings.push(written);
            }
            n += 1;
        }
        writer.finish(&mut tx).await?;
        tx.commit().await?;
    }
    let mut tx = db.begin().await?;
    for plan in waiting(size, &organisations, clock.now())? {
        writer.add(&plan)?;
    }
    writer.finish(&mut tx).await?;
    tx.commit().await?;
    analyze(db).await?;
    Ok(Year {
        now,
        organisation: OrganisationCode(own.into()),
        meetings,
    })
}

/// Lets the engine look at what is there, as it does by itself in time.
async fn analyze(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.sql("ANALYZE").execute().await?;
    Ok(tx.commit().await?)
}

/// The organisations, with their people: the first exists, and one more is for
/// the rooms that wait.
async fn organisations(
    tx: &mut Tx,
    own: &str,
    size: Size,
    now: Timestamp,
) -> Result<Vec<Organisation>> {
    let people = (size.meetings / size.organisations / MEETINGS_OF_ONE).max(1);
    let mut batch = Batch::new(
        "meeting_users",
        &[("id", "?"), ("organisation_code", "?"), ("email", "?")],
    );
    let mut made = Vec::new();
    for n in 0..=size.organisations {
        let code = match n {
            0 => OrganisationCode(own.into()),
            n => OrganisationCode(format!("bench-{n:04}")),
        };
        if n > 0 {
            let new = NewOrganisation {
                code: &code,
                name: &code.0,
                kind: GroupKind::Municipality,
                parent_group: None,
                pool_size: None,
                allow_custom_uri_without_domain: false,
            };
            organisations::add(tx, new, now).await?;
        }
        let mut organisation = Organisation {
            code,
            people: Vec::new(),
        };
        for person in 0..people {
            let person = Person {
                id: Uuid::now_v7(),
                email: format!("organizer{person}@bench.example"),
            };
            let code = (&organisation.code).into();
            batch.add(vec![person.id.into(), code, (&*person.email).into()]);
            organisation.people.push(person);
        }
        made.push(organisation);
    }
    batch.write(tx).await?;
    Ok(made)
}

/// One meeting to be written.
struct Plan<'a> {
    organisation: &'a Organisation,
    person: &'a Person,
    subject: String,
    case: String,
    /// Unlike that of any other.
    number: u32,
    starts_at: Timestamp,
    status: &'static str,
    provisioner: &'static str,
}

impl<'a> Plan<'a> {
    /// The meeting that is the `n`th of its organisation and the `number`th of all.
    fn new(
        n: u32,
        number: u32,
        organisation: &'a Organisation,
        starts_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self> {
        let people = organisation.people.len();
        let status = match starts_at {
            starts_at if starts_at + LENGTH < now => "DEPROVISION_OK",
            starts_at if starts_at <= now => "PROVISIONED_OK",
            _ => "AWAITS_PROVISION",
        };
        // The lists hold what waits, and nothing else comes or goes while they are asked.
        let is_soon = starts_at + LENGTH >= now && starts_at < now + SignedDuration::from_hours(24);
        Ok(Self {
            organisation,
            person: (organisation.people)
                .get(n as usize % people)
                .context("nobody organises")?,
            subject: format!("Konsultation {n:06}"),
            case: format!("sag{:06}", n / MEETINGS_OF_A_CASE),
            number,
            starts_at,
            status,
            provisioner: match is_soon || number.is_multiple_of(2) {
                true => "embedded",
                false => "lists",
            },
        })
    }
}

/// Meetings whose rooms another system has to make or to remove now.
fn waiting(size: Size, all: &[Organisation], now: Timestamp) -> Result<Vec<Plan<'_>>> {
    let last = all.last().context("no organisation")?;
    let day = SignedDuration::from_hours(24);
    let number = |n: u32| size.meetings + n;
    let mut plans = Vec::new();
    for n in 0..WAITING {
        plans.push(Plan {
            status: "AWAITS_PROVISION",
            provisioner: "lists",
            ..Plan::new(number(n), number(n), last, now - LENGTH / 2, now)?
        });
        plans.push(Plan {
            status: "PROVISIONED_OK",
            provisioner: "lists",
            ..Plan::new(
                number(n + WAITING),
                number(n + WAITING),
                last,
                now - day,
                now,
            )?
        });
    }
    Ok(plans)
}

/// Writes meetings with all their rows.
struct Writer<'a> {
    engine: EngineKind,
    sealer: &'a Sealer,
    now: Timestamp,
    meetings: Copies<'a>,
    labels: Copies<'a>,
    rooms: Copies<'a>,
    statuses: Copies<'a>,
    /// SQLite only: full-text tables go by numbers.
    numbers: Batch,
    texts: Batch,
    next_text: i64,
    domain: String,
}

struct Next(i64);

impl FromRow for Next {
    fn from_row(row: &Row) -> Result<Self, vdx_store::Error> {
        Ok(Self(row.get("next")?))
    }
}

impl<'a> Writer<'a> {
    async fn new(
        tx: &mut Tx,
        sealer: &'a Sealer,
        sample: &'a Sample,
        now: Timestamp,
    ) -> Result<Self> {
        let engine = tx.engine();
        let (texts, next) = match engine {
            EngineKind::Sqlite => {
                let next = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM meeting_numbers";
                let Next(next) = tx.sql(next).one().await?;
                let columns = [("rowid", "?"), ("runs", "?")];
                (Batch::new("meeting_texts", &columns), next)
            }
            EngineKind::Postgres => {
                let runs = "CAST(CAST(? AS TEXT) AS INTEGER[])";
                let columns = [("meeting_id", "?"), ("runs", runs)];
                (Batch::new("meeting_texts", &columns), 0)
            }
        };
        Ok(Self {
            engine,
            sealer,
            now,
            meetings: Copies::new("meetings", sample)?,
            labels: Copies::new("meeting_labels", sample)?,
            rooms: Copies::new("scheduling_infos", sample)?,
            statuses: Copies::new("scheduling_statuses", sample)?,
            numbers: Batch::new("meeting_numbers", &[("number", "?"), ("meeting_id", "?")]),
            texts,
            next_text: next,
            domain: sample.text("scheduling_infos", "uri_domain")?.to_owned(),
        })
    }

    fn add(&mut self, plan: &Plan<'_>) -> Result<Written> {
        let written = Written {
            id: Uuid::now_v7(),
            short_id: format!("{:012x}", plan.number),
            address: format!("77{:08}@{}", plan.number, self.domain),
            subject: plan.subject.clone(),
            case: plan.case.clone(),
            organizer: plan.person.email.clone(),
            starts_at: plan.starts_at,
        };
        self.add_meeting(plan, &written);
        self.add_room(plan, &written)?;
        Ok(written)
    }

    fn add_meeting(&mut self, plan: &Plan<'_>, new: &Written) {
        let code = &plan.organisation.code;
        let description = format!("Samtale om {} med sygeplejerske", plan.case);
        let person = plan.person.id;
        let indexed = Indexed::new(self.engine, code, person, &new.subject, Some(&description));
        let created_at = (plan.starts_at - SignedDuration::from_hours(48)).min(self.now);
        self.meetings.add(|column| match column {
            "id" => Some(new.id.into()),
            "organisation_code" => Some(code.into()),
            "subject" => Some((&*new.subject).into()),
            "description" => Some((&*description).into()),
            "searchable" => Some((&*indexed.searchable).into()),
            "starts_at" => Some(plan.starts_at.into()),
            "ends_at" => Some((plan.starts_at + LENGTH).into()),
            "created_by" | "organized_by" => Some(person.into()),
            "created_at" => Some(created_at.into()),
            "short_id" => Some((&*new.short_id).into()),
            _ => None,
        });
        self.labels.add(|column| match column {
            "meeting_id" => Some(new.id.into()),
            "organisation_code" => Some(code.into()),
            "organized_by" => Some(person.into()),
            "label" => Some((&*new.case).into()),
            _ => None,
        });
        let row = match self.engine {
            EngineKind::Sqlite => {
                let number = self.next_text;
                self.next_text += 1;
                self.numbers.add(vec![number.into(), new.id.into()]);
                vec![number.into(), indexed.runs.into()]
            }
            EngineKind::Postgres => vec![new.id.into(), indexed.runs.into()],
        };
        self.texts.add(row);
    }

    fn add_room(&mut self, plan: &Plan<'_>, new: &Written) -> Result<()> {
        let row = new.id.to_string();
        let (number, _) = new.address.split_once('@').context("no domain")?;
        let sealed = |column, text: &str| {
            let place = Place {
                table: "scheduling_infos",
                column,
                row: &row,
            };
            self.sealer.seal_text(place, Some(text))
        };
        let pin = |column, low: u32| -> Result<Option<Value>> {
            let pin: Pin = (low + plan.number % 8999).to_string().parse()?;
            let place = Place {
                table: "scheduling_infos",
                column,
                row: &row,
            };
            Ok(Some(self.sealer.seal_pin(place, Some(&pin))?.into()))
        };
        let host_pin = pin("host_pin_sealed", 1000)?;
        let guest_pin = pin("guest_pin_sealed", 10_000)?;
        let link = format!("https://portal.example/?url={}", new.address);
        let link = sealed("portal_link_sealed", &link)?;
        let is_over = plan.status == "DEPROVISION_OK";
        self.rooms.add(|column| match column {
            "id" | "meeting_id" => Some(new.id.into()),
            "meeting_ends_at" => Some((plan.starts_at + LENGTH).into()),
            "organisation_code" => Some((&plan.organisation.code).into()),
            "host_pin_sealed" => host_pin.clone(),
            "guest_pin_sealed" => guest_pin.clone(),
            "portal_link_sealed" => Some(link.clone().into()),
            "vmr_starts_at" => Some(plan.starts_at.into()),
            "uri_with_domain" | "address_folded" => Some((&*new.address).into()),
            "uri_without_domain" => Some((!is_over).then(|| number.to_owned()).into()),
            "number_folded" => Some((!is_over).then(|| new.address.clone()).into()),
            "provision_status" => Some(plan.status.into()),
            "provisioner" => Some(plan.provisioner.into()),
            "created_by" => Some(plan.person.id.into()),
            _ => None,
        });
        self.statuses.add(|column| match column {
            "id" => Some(Uuid::now_v7().into()),
            "scheduling_info_id" => Some(new.id.into()),
            "provision_status" => Some(plan.status.into()),
            _ => None,
        });
        Ok(())
    }

    /// Writes what waits; those that are referred to first.
    async fn finish(&mut self, tx: &mut Tx) -> Result<()> {
        for copies in [
            &mut self.meetings,
            &mut self.labels,
            &mut self.rooms,
            &mut self.statuses,
        ] {
            copies.batch.write(tx).await?;
        }
        self.numbers.write(tx).await?;
        self.texts.write(tx).await
    }
}

/// Copies of one row.
struct Copies<'a> {
    original: &'a [(String, Value)],
    batch: Batch,
}

impl<'a> Copies<'a> {
    fn new(table: &str, sample: &'a Sample) -> Result<Self> {
        let original = sample.first_of(table)?;
        let columns: Vec<(&str, &'static str)> =
            original.iter().map(|(name, _)| (&**name, "?")).collect();
        Ok(Self {
            original,
            batch: Batch::new(table, &columns),
        })
    }

    /// Adds one, with the values that `own` has for it.
    fn add(&mut self, own: impl Fn(&str) -> Option<Value>) {
        let values = self
            .original
            .iter()
            .map(|(name, value)| own(name).unwrap_or_else(|| value.clone()));
        self.batch.add(values.collect());
    }
}
