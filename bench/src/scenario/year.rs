//! Whether a hub answers as quickly with a year of a country's meetings as with a
//! thousand meetings of one organisation. Both hubs run at the same time and are
//! asked in turns.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::{Method, Url};
use serde_json::{Value, json};
use vdx_domain::SystemClock;
use vdx_store::Sealer;

use super::bookings::Booker;
use crate::database::{Database, Kind};
use crate::figure::{Figure, quantile};
use crate::process::{Home, HubProcess};
use crate::raw::Sample;
use crate::year::{self, Size, Year};

/// How much is asked, of how much.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// The year.
    pub year: Size,
    /// How often each question is put to each hub.
    pub times: usize,
}

/// What the year is compared with.
const THOUSAND: Size = Size {
    meetings: 1_000,
    organisations: 1,
};

/// Questions before those that count: connections, caches, prepared statements.
const WARM_UP: usize = 20;

/// Fills two databases of one kind and asks both.
///
/// # Errors
/// When a hub does not start, or answers otherwise than expected.
pub async fn measure(program: &Path, kind: &Kind, load: Load) -> Result<Vec<Figure>> {
    let begun = Instant::now();
    let big = Filled::new(program, kind, load.year).await?;
    let took = begun.elapsed();
    let small = Filled::new(program, kind, THOUSAND).await?;
    let name = |what: &str| format!("year.{kind}.{what}");
    let rate = f64::from(load.year.meetings) / took.as_secs_f64();
    let mut figures = vec![
        Figure::new(name("meetings"), load.year.meetings.into(), "meetings"),
        Figure::new(name("written"), rate, "meetings/s"),
    ];
    for question in QUESTIONS {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for n in 0..WARM_UP + load.times {
            let (one, other) = (big.ask(question, n).await?, small.ask(question, n).await?);
            if n >= WARM_UP {
                ours.push(one.as_secs_f64() * 1e3);
                theirs.push(other.as_secs_f64() * 1e3);
            }
        }
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        for (what, share) in [("p50", 0.5), ("p99", 0.99)] {
            let mut figure = Figure::new(
                name(&format!("{}_{what}", question.name)),
                quantile(&ours, share),
                "ms",
            );
            figure.peer = Some(("thousand", quantile(&theirs, share)));
            figures.push(figure);
        }
        figures.push(Figure::new(
            name(&format!("{}_ratio", question.name)),
            quantile(&ours, 0.5) / quantile(&theirs, 0.5),
            "times",
        ));
    }
    big.remove().await?;
    small.remove().await?;
    Ok(figures)
}

/// A hub whose database was filled.
struct Filled {
    hub: HubProcess,
    database: Database,
    token: String,
    year: Year,
    /// The template of all rooms.
    template: i64,
}

impl Filled {
    async fn new(program: &Path, kind: &Kind, size: Size) -> Result<Self> {
        let database = kind.create().await?;
        let mut home = Home::new(program)?;
        home.database = Some(database.url().to_owned());
        // A first start, for the demo and for one booking to copy.
        let hub = HubProcess::start(home).await?;
        let booker = Booker::new(&hub, hub.demo()?.all_roles()?).await?;
        let first = booker.book().await?;
        let home = hub.stop().await?;
        let sealer = Sealer::open(&home.data().join("secret.key"))?;
        let db = database.open().await?;
        let sample = Sample::read(&db, &first).await?;
        let template = sample.number("scheduling_infos", "template_id")?;
        let year = year::write(&db, &sealer, &sample, size, &SystemClock).await?;
        db.close().await;

        let hub = HubProcess::start(home).await?;
        let access = hub.hub().sign_in(hub.demo()?.all_roles()?).await?;
        Ok(Self {
            token: access.secret().to_owned(),
            hub,
            database,
            year,
            template,
        })
    }

    /// Puts a question and reads the whole answer.
    async fn ask(&self, question: &Question, n: usize) -> Result<Duration> {
        // A prime number of meetings on, so that neighbours are not asked one after another.
        let meeting = n * 7919 % self.year.meetings.len();
        let asked = (question.ask)(self, meeting)?;
        let mut request = (self.hub.hub().http())
            .request(asked.method.clone(), asked.url.clone())
            .bearer_auth(&self.token);
        if let Some(body) = &asked.body {
            request = request.json(body);
        }
        let begun = Instant::now();
        let reply = request.send().await?;
        let status = reply.status();
        let body: Value = reply.json().await?;
        let took = begun.elapsed();
        let found = match &body {
            Value::Array(found) => found.len(),
            _ => 1,
        };
        ensure!(
            status.is_success() && asked.expected.contains(&found),
            "{}: {status}, {found} found for {}: {:.300}",
            question.name,
            asked.url,
            body.to_string(),
        );
        Ok(took)
    }

    async fn remove(self) -> Result<()> {
        self.hub.stop().await?;
        self.database.remove().await
    }
}

/// A request, and how many things its answer must hold.
struct Asked {
    method: Method,
    url: Url,
    body: Option<Value>,
    expected: std::ops::RangeInclusive<usize>,
}

impl Asked {
    fn get(hub: &Filled, path: &str, query: &[(&str, &str)]) -> Result<Self> {
        let mut url = hub.hub.hub().url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(Self {
            method: Method::GET,
            url,
            body: None,
            expected: 1..=1,
        })
    }

    fn of(self, expected: std::ops::RangeInclusive<usize>) -> Self {
        Self { expected, ..self }
    }
}

/// What is asked about one of the organisation's meetings.
struct Question {
    name: &'static str,
    ask: fn(&Filled, usize) -> Result<Asked>,
}

const MEETINGS: &str = "/videoapi/v2/meetings";
const CASE: usize = year::MEETINGS_OF_A_CASE as usize;
const PERSON: usize = year::MEETINGS_OF_ONE as usize;

/// Each finds as much in the year as among the thousand.
const QUESTIONS: &[Question] = &[
    Question {
        name: "get_meeting",
        ask: |hub, n| Asked::get(hub, &format!("{MEETINGS}/{}", hub.year.meetings[n].id), &[]),
    },
    Question {
        name: "get_room",
        ask: |hub, n| {
            let id = hub.year.meetings[n].id;
            Asked::get(hub, &format!("/videoapi/v2/scheduling-info/{id}"), &[])
        },
    },
    Question {
        name: "search_short_id",
        ask: |hub, n| search(hub, &[("short-id", &hub.year.meetings[n].short_id)]),
    },
    Question {
        name: "search_subject",
        ask: |hub, n| search(hub, &[("subject", &hub.year.meetings[n].subject)]),
    },
    Question {
        name: "search_label",
        ask: |hub, n| Ok(search(hub, &[("label", &hub.year.meetings[n].case)])?.of(1..=CASE)),
    },
    Question {
        name: "search_organizer",
        ask: |hub, n| {
            let asked = search(hub, &[("organizedBy", &hub.year.meetings[n].organizer)])?;
            Ok(asked.of(PERSON - 1..=PERSON + 1))
        },
    },
    Question {
        name: "search_text",
        ask: |hub, n| Ok(search(hub, &[("search", &hub.year.meetings[n].case)])?.of(1..=CASE)),
    },
    Question {
        name: "search_text_in_interval",
        ask: |hub, n| {
            let [from, to] = around(hub, n)?;
            let asked = search(
                hub,
                &[
                    ("search", year::COMMON_WORD),
                    ("from-start-time", &from),
                    ("to-start-time", &to),
                ],
            )?;
            Ok(asked.of(NEAR..=2 * NEAR + 1))
        },
    },
    Question {
        name: "search_interval",
        ask: |hub, n| {
            let [from, to] = around(hub, n)?;
            let asked = search(hub, &[("from-start-time", &from), ("to-start-time", &to)])?;
            Ok(asked.of(NEAR..=2 * NEAR + 1))
        },
    },
    Question {
        name: "search_address",
        ask: |hub, n| search(hub, &[("uriWithDomain", &hub.year.meetings[n].address)]),
    },
    Question {
        name: "find_by_address",
        ask: |hub, n| {
            let address = &hub.year.meetings[n].address;
            let path = format!("{MEETINGS}/findByUriWithDomain");
            Asked::get(hub, &path, &[("uri", address)])
        },
    },
    Question {
        name: "list_to_provision",
        ask: |hub, _| {
            let asked = Asked::get(hub, "/videoapi/v2/scheduling-info-provision", &[])?;
            Ok(asked.of(WAITING..=WAITING))
        },
    },
    Question {
        name: "list_to_deprovision",
        ask: |hub, _| {
            let asked = Asked::get(hub, "/videoapi/v2/scheduling-info-deprovision", &[])?;
            Ok(asked.of(WAITING..=WAITING))
        },
    },
    Question {
        name: "pool_room",
        ask: |hub, _| {
            let mut asked = Asked::get(hub, "/videoapi/v2/scheduling-info", &[])?;
            asked.method = Method::POST;
            asked.body = Some(json!({
                "organizationId": hub.year.organisation.0,
                "schedulingTemplateId": hub.template,
            }));
            Ok(asked)
        },
    },
];

const WAITING: usize = year::WAITING as usize;
/// Meetings on each side of one.
const NEAR: usize = 10;

fn search(hub: &Filled, query: &[(&str, &str)]) -> Result<Asked> {
    Asked::get(hub, MEETINGS, query)
}

/// From some meetings before this one to some after it.
fn around(hub: &Filled, n: usize) -> Result<[String; 2]> {
    let meetings = &hub.year.meetings;
    let at = |n: usize| -> Result<String> {
        let meeting = meetings.get(n.min(meetings.len() - 1));
        Ok(meeting.context("no meeting")?.starts_at.to_string())
    };
    Ok([at(n.saturating_sub(NEAR))?, at(n + NEAR)?])
}
