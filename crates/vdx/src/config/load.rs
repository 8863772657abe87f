//! Reads the settings: defaults, then the file, then the environment.

use std::collections::BTreeSet;
use std::path::Path;

use config::{File, FileFormat, Map, Source as _, Value, ValueKind};
use serde_json::Value as Json;

use super::{Config, Issuer, Pool, Rooms, Secret, certificates, turn};

/// The file read when none is named.
const DEFAULT_FILE: &str = "vdx.toml";

/// What is wrong with a setting.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It is of no use as it stands: exit 1.
    Wrong(String),
    /// What it asks for is not built yet: exit 2.
    NotBuilt(String),
}

/// Reads and checks all settings.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, Vec<Problem>> {
    let wrong = |text: String| vec![Problem::Wrong(text)];
    let source = match file {
        Some(file) => File::from(file).format(FileFormat::Toml),
        None => File::new(DEFAULT_FILE, FileFormat::Toml).required(false),
    };
    let in_file = source
        .collect()
        .map_err(|error| wrong(format!("the settings file: {error}")))?;

    let known = known_keys();
    let mut problems: Vec<_> = unknown(&in_file, "", &known)
        .into_iter()
        .map(|key| unknown_key(&key))
        .collect();

    let mut builder = config::Config::builder().add_source(source);
    for (name, value) in environment {
        let Some(key) = key_of(&name) else { continue };
        if !known.contains(&key) {
            problems.push(unknown_key(&format!("{key} (from {name})")));
            continue;
        }
        let value = value_of(&key, &value).map_err(|error| wrong(format!("{name}: {error}")))?;
        builder = builder
            .set_override(&key, value)
            .map_err(|error| wrong(format!("{name}: {error}")))?;
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let config: Config = builder
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(|error| wrong(error.to_string()))?;
    let problems = check(&config);
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(problems)
    }
}

fn unknown_key(key: &str) -> Problem {
    Problem::Wrong(format!("{key}: there is no such setting"))
}

/// `VDX_SECTION__KEY` names a setting; so does `VDX_KEY` for those without a
/// section. Other variables that begin with `VDX_` belong to somebody else.
fn key_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix("VDX_")?;
    let key = rest.to_lowercase().replace("__", ".");
    (rest.contains("__") || matches!(key.as_str(), "data_dir" | "secret_key")).then_some(key)
}

/// Lists are written with commas, issuers as JSON.
fn value_of(key: &str, text: &str) -> Result<Value, String> {
    let origin = None;
    let list = |items: Vec<Value>| Value::new(origin, ValueKind::Array(items));
    match key {
        "media.announce"
        | "server.trusted_proxies"
        | "server.certificate_proxy.networks"
        | "auth.audiences"
        | "auth.refused_certificates"
        | "auth.sts.certificates"
        | "turn.urls"
        | "provisioner.lists"
        | "provisioner.events" => Ok(list(
            text.split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(Value::from)
                .collect(),
        )),
        "auth.issuers" => {
            let issuers: Vec<Map<String, String>> =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            Ok(list(issuers.into_iter().map(Value::from).collect()))
        }
        "auth.certificates" | "auth.sts.role_names" => {
            let tables: Vec<Map<String, Json>> =
                serde_json::from_str(text).map_err(|error| error.to_string())?;
            let tables = tables.into_iter().map(|table| {
                let members = table
                    .into_iter()
                    .map(|(name, value)| (name, of_json(value)));
                Value::from(members.collect::<Map<_, _>>())
            });
            Ok(list(tables.collect()))
        }
        _ => Ok(Value::from(text)),
    }
}

/// Text, or a list of it; anything else has a type no setting has.
fn of_json(value: Json) -> Value {
    match value {
        Json::String(text) => Value::from(text),
        Json::Array(items) => {
            let items = items.into_iter().map(of_json).collect();
            Value::new(None, ValueKind::Array(items))
        }
        _ => Value::new(None, ValueKind::Nil),
    }
}

/// The dotted names of all settings.
pub(super) fn known_keys() -> BTreeSet<String> {
    fn walk(value: &Json, path: &str, into: &mut BTreeSet<String>) {
        match value {
            Json::Object(map) => {
                for (key, value) in map {
                    walk(value, &joined(path, key), into);
                }
            }
            _ => {
                into.insert(path.to_owned());
            }
        }
    }
    let mut keys = BTreeSet::new();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    walk(&defaults, "", &mut keys);
    keys
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn unknown(table: &Map<String, Value>, path: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        let path = joined(path, key);
        if known.contains(&path) {
            continue;
        }
        let section = format!("{path}.");
        match &value.kind {
            ValueKind::Table(inner) if known.iter().any(|key| key.starts_with(&section)) => {
                found.extend(unknown(inner, &path, known));
            }
            _ => found.push(path),
        }
    }
    found.sort();
    found
}

/// Rules between settings, and what cannot be had yet.
fn check(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |is_wrong: bool, text: &str| {
        if is_wrong {
            problems.push(Problem::Wrong(text.to_owned()));
        }
    };
    let server = &config.server;
    wrong(
        !is_origin(&server.public_url),
        "server.public_url: must be http:// or https://, a host, and no path",
    );
    let (certificate, key) = (&server.tls_certificate, &server.tls_key);
    wrong(
        certificate.as_os_str().is_empty() != key.as_os_str().is_empty(),
        "server.tls_certificate and server.tls_key: set both or none",
    );
    wrong(
        server.max_connections == 0,
        "server.max_connections: must be at least 1",
    );
    wrong(
        config.media.max_calls == 0,
        "media.max_calls: must be at least 1",
    );
    wrong(
        !matches!(config.capacity.cpu_percent, 0 | 10..=100),
        "capacity.cpu_percent: must be 10 to 100, or 0 for no limit",
    );
    wrong(
        !(5..=300).contains(&config.media.consent_timeout_seconds),
        "media.consent_timeout_seconds: must be 5 to 300",
    );
    turn::check(config, &mut wrong);
    check_provisioner(config, &mut wrong);
    check_pool(&config.pool, &mut wrong);
    check_rooms(&config.rooms, &mut wrong);
    wrong(
        !(1..=86_400).contains(&config.auth.token_lifetime_seconds),
        "auth.token_lifetime_seconds: must be 1 to 86400",
    );
    wrong(
        !(2..=3650).contains(&config.auth.key_rotation_days),
        "auth.key_rotation_days: must be 2 to 3650",
    );
    wrong(
        config.auth.audiences.iter().any(String::is_empty),
        "auth.audiences: one is empty",
    );
    wrong(
        !config.audit.subject.is_empty() && config.bus.url.reveal().is_empty(),
        "audit.subject: needs bus.url",
    );
    wrong(
        has_wildcards(&config.audit.subject),
        "audit.subject: must be a subject without wildcards",
    );
    for issuer in &config.auth.issuers {
        check_issuer(issuer, config, &mut wrong);
    }
    if let Err(text) = config.sms.to_settings(&server.public_url) {
        wrong(true, &text);
    }
    certificates::check(config, &mut wrong);
    problems.extend(not_built(config));
    problems
}

fn has_wildcards(subject: &str) -> bool {
    subject.contains(char::is_whitespace) || subject.contains(['*', '>'])
}

fn check_provisioner(config: &Config, wrong: &mut impl FnMut(bool, &str)) {
    let provisioner = &config.provisioner;
    wrong(
        provisioner
            .lists
            .iter()
            .any(|code| provisioner.events.contains(code)),
        "provisioner.lists and provisioner.events: an organisation is in both",
    );
    wrong(
        !provisioner.events.is_empty() && config.bus.url.reveal().is_empty(),
        "provisioner.events: needs bus.url",
    );
    wrong(
        provisioner.subject.is_empty() || has_wildcards(&provisioner.subject),
        "provisioner.subject: must be a subject without wildcards",
    );
}

fn check_pool(pool: &Pool, wrong: &mut impl FnMut(bool, &str)) {
    wrong(
        pool.fill_interval_seconds > 3600,
        "pool.fill_interval_seconds: must be 0 to 3600",
    );
    wrong(
        pool.minimum_age_seconds > 86_400,
        "pool.minimum_age_seconds: must be 0 to 86400",
    );
    wrong(
        !(1..=525_600).contains(&pool.reservation_minutes),
        "pool.reservation_minutes: must be 1 to 525600",
    );
    wrong(
        !(1..=3650).contains(&pool.history_days),
        "pool.history_days: must be 1 to 3650",
    );
}

fn check_rooms(rooms: &Rooms, wrong: &mut impl FnMut(bool, &str)) {
    wrong(
        !(1..=1440).contains(&rooms.waiting_minutes),
        "rooms.waiting_minutes: must be 1 to 1440",
    );
    wrong(
        !(1..=86_400).contains(&rooms.only_guests_seconds),
        "rooms.only_guests_seconds: must be 1 to 86400",
    );
    wrong(
        rooms.last_participant_seconds != 0
            && !(60..=86_400).contains(&rooms.last_participant_seconds),
        "rooms.last_participant_seconds: must be 0 or 60 to 86400",
    );
}

fn check_issuer(issuer: &Issuer, config: &Config, wrong: &mut impl FnMut(bool, &str)) {
    wrong(
        issuer.issuer.is_empty(),
        "auth.issuers: each needs an issuer",
    );
    wrong(
        issuer.issuer == config.server.public_url,
        "auth.issuers: this hub itself (server.public_url) is no further issuer",
    );
    let same = |other: &&Issuer| other.issuer == issuer.issuer;
    wrong(
        config.auth.issuers.iter().filter(same).count() > 1,
        "auth.issuers: an issuer is named twice",
    );
    wrong(
        issuer.jwks_file.as_os_str().is_empty() == issuer.jwks_url.is_empty(),
        "auth.issuers: each needs either a jwks_url or a jwks_file",
    );
    wrong(
        issuer.jwks_url.is_empty() && !issuer.ca_file.as_os_str().is_empty(),
        "auth.issuers: ca_file is for a jwks_url",
    );
    let claims = [
        &issuer.organisation_claim,
        &issuer.email_claim,
        &issuer.roles_claim,
    ];
    wrong(
        claims.iter().any(|name| name.is_empty()),
        "auth.issuers: the name of a claim is empty",
    );
}

fn not_built(config: &Config) -> Vec<Problem> {
    let set = |secret: &Secret| !secret.reveal().is_empty();
    [(set(&config.smtp.url), "smtp.url: mail")]
        .into_iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, text)| Problem::NotBuilt(text.to_owned()))
        .collect()
}

fn is_origin(url: &str) -> bool {
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && !host.contains(['/', '?', '#', '@'])
            && !host.contains(char::is_whitespace)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vdx.example.toml");

    pub(in crate::config) fn from(
        text: &str,
        environment: &[(&str, &str)],
    ) -> Result<Config, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vdx.toml");
        std::fs::write(&file, text).unwrap();
        load(
            Some(&file),
            environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    pub(in crate::config) fn wrong(text: &str, environment: &[(&str, &str)]) -> String {
        format!("{:?}", from(text, environment).unwrap_err())
    }

    #[test]
    fn nothing_need_be_set() {
        assert_eq!(from("", &[]).unwrap(), Config::default());
    }

    #[test]
    fn the_example_lists_every_setting_with_its_default() {
        let config = load(Some(Path::new(EXAMPLE)), std::iter::empty()).unwrap();
        assert_eq!(config, Config::default());
        let in_file = File::from(Path::new(EXAMPLE))
            .format(FileFormat::Toml)
            .collect()
            .unwrap();
        let table = Value::new(None, ValueKind::Table(in_file));
        let listed = |key: &String| {
            key.split('.').try_fold(table.clone(), |value, part| {
                value.into_table().ok()?.remove(part)
            })
        };
        let missing: Vec<_> = known_keys()
            .into_iter()
            .filter(|key| listed(key).is_none())
            .collect();
        assert!(missing.is_empty(), "not in vdx.example.toml: {missing:?}");
    }

    #[test]
    fn the_environment_is_laid_over_the_file() {
        let config = from(
            "[server]\nlisten = '127.0.0.1:1'\n[media]\nmax_calls = 7",
            &[
                ("VDX_SERVER__LISTEN", "[::1]:2"),
                ("VDX_DATA_DIR", "/x"),
                ("VDX_MEDIA__ANNOUNCE", "192.0.2.1, 192.0.2.2:3"),
                ("VDX_MEDIA__THREADS", "4"),
                ("VDX_LOG__JSON", "true"),
                ("VDX_SMS__GATEWAY", "gatewayapi"),
                ("VDX_SMS__GATEWAYAPI__TOKEN", "t"),
                ("VDX_SMS__KEEP_DAYS", "7"),
                ("VDX_PROGRAM", "of somebody else"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen.to_string(), "[::1]:2");
        assert_eq!(config.data_dir, Path::new("/x"));
        assert_eq!(config.media.announce.len(), 2);
        assert_eq!((config.media.max_calls, config.media.threads), (7, 4));
        assert!(config.log.json);
        assert_eq!(config.sms.gatewayapi.token.reveal(), "t");
        assert_eq!(config.sms.keep_days, 7);
    }

    #[test]
    fn an_unknown_key_is_named() {
        assert!(wrong("[server]\nlissten = 1", &[]).contains("server.lissten"));
        assert!(wrong("[sever]\nlisten = 1", &[]).contains("sever"));
        assert!(wrong("", &[("VDX_SERVER__LISSTEN", "1")]).contains("VDX_SERVER__LISSTEN"));
    }

    #[test]
    fn a_wrong_value_is_named() {
        assert!(wrong("[server]\nlisten = 'here'", &[]).contains("server.listen"));
        assert!(wrong("", &[("VDX_MEDIA__ANNOUNCE", "hub.example")]).contains("hub.example"));
        assert!(wrong("[server]\npublic_url = 'https://x.example/y'", &[]).contains("public_url"));
        assert!(wrong("[server]\ntls_key = 'k.pem'", &[]).contains("tls_certificate"));
        assert!(wrong("[sms]\ngateway = 'gatewayapi'", &[]).contains("sms.gatewayapi.token"));
        assert!(wrong("[sms.twilio]\ntoken = 'x'", &[]).contains("sms.twilio.token"));
    }

    #[test]
    fn an_organisation_has_one_provisioner() {
        let bus = "[bus]\nurl = 'nats://127.0.0.1:4222'\n";
        let both = format!("{bus}[provisioner]\nlists = ['a', 'b']\nevents = ['b']");
        assert!(wrong(&both, &[]).contains("is in both"));
        let others = format!("{bus}[provisioner]\nlists = ['*']\nevents = ['*']");
        assert!(wrong(&others, &[]).contains("is in both"));
        assert!(wrong("[provisioner]\nevents = ['a']", &[]).contains("needs bus.url"));
        for subject in ["", "rooms.*", "rooms.>", "my rooms"] {
            let text = format!("{bus}[provisioner]\nevents = ['a']\nsubject = '{subject}'");
            assert!(
                wrong(&text, &[]).contains("provisioner.subject"),
                "{subject}"
            );
        }
        let good = format!("{bus}[provisioner]\nlists = ['*']\nevents = ['a']");
        assert!(from(&good, &[]).is_ok());
    }

    #[test]
    fn the_timers_of_rooms_have_their_limits() {
        for (key, good, bad) in [
            ("waiting_minutes", [1, 1440], [0, 1441]),
            ("only_guests_seconds", [1, 86_400], [0, 86_401]),
            ("last_participant_seconds", [0, 60], [59, 86_401]),
        ] {
            for value in good {
                let text = format!("[rooms]\n{key} = {value}");
                assert!(from(&text, &[]).is_ok(), "{text}");
            }
            for value in bad {
                let text = format!("[rooms]\n{key} = {value}");
                assert!(wrong(&text, &[]).contains(key), "{text}");
            }
        }
    }

    #[test]
    fn a_pool_has_its_limits() {
        for (key, most) in [
            ("fill_interval_seconds", 3600),
            ("minimum_age_seconds", 86_400),
            ("reservation_minutes", 525_600),
            ("history_days", 3650),
        ] {
            let with = |number| format!("[pool]\n{key} = {number}");
            assert!(from(&with(most), &[]).is_ok(), "{key}");
            assert!(wrong(&with(most + 1), &[]).contains(key), "{key}");
        }
    }

    #[test]
    fn what_is_not_built_is_said() {
        let problems = from("[smtp]\nurl = 'smtp://x'", &[]).unwrap_err();
        let not_built = |problem: &Problem| matches!(problem, Problem::NotBuilt(_));
        assert!(problems.iter().all(not_built), "{problems:?}");
    }

    #[test]
    fn issuers_can_come_from_the_environment() {
        let json = r#"[{"issuer":"https://id.example","jwks_file":"keys.json"}]"#;
        let config = from("", &[("VDX_AUTH__ISSUERS", json)]).unwrap();
        assert_eq!(config.auth.issuers[0].roles_claim, "userrole");
    }

    #[test]
    fn an_issuer_has_its_keys_in_one_place() {
        let issuers = |text: &str| format!("[auth]\nissuers = [{text}]");
        let one = "{ issuer = 'a', jwks_url = 'https://a/k', audience = 'v', ca_file = 'c' }";
        let config = from(&issuers(one), &[]).unwrap();
        assert_eq!(config.auth.issuers[0].audience, "v");
        for (text, part) in [
            ("{ issuer = 'a' }".to_owned(), "either"),
            (
                "{ issuer = 'a', jwks_url = 'https://a', jwks_file = 'b' }".to_owned(),
                "either",
            ),
            (format!("{one}, {one}"), "twice"),
            (
                "{ issuer = 'http://localhost:8080', jwks_file = 'b' }".to_owned(),
                "itself",
            ),
            (
                "{ issuer = 'a', jwks_file = 'b', ca_file = 'c' }".to_owned(),
                "ca_file",
            ),
            (
                "{ issuer = 'a', jwks_file = 'b', role_claim = 'c' }".to_owned(),
                "role_claim",
            ),
            (
                "{ issuer = 'a', jwks_file = 'b', roles_claim = '' }".to_owned(),
                "claim",
            ),
        ] {
            let problems = wrong(&issuers(&text), &[]);
            assert!(problems.contains(part), "{text}: {problems}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let config = from("[database]\nurl = 'postgres://a:s3cret@b/c'", &[]).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
