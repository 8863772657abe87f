//! Calls, exit codes, and ends.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use vdx_store::EngineKind;
use vdx_store::testing::TestDb;

use crate::process::{Home, client};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn version_names_version_and_commit() {
    let output = Home::new().run(&["--version"]);
    let text = text(&output.stdout);
    assert!(
        text.starts_with(concat!("vdx ", env!("CARGO_PKG_VERSION"), " (")),
        "{text}"
    );
    assert!(output.status.success());
}

#[test]
fn what_is_not_built_exits_2_and_says_so() {
    for arguments in [
        &["backup", "file"][..],
        &["restore", "file"],
        &["openapi", "status"],
        &["fly"],
    ] {
        let output = Home::new().run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let text = text(&output.stderr);
        assert!(
            text.contains("not built yet") || text.contains("unrecognized"),
            "{text}"
        );
    }
    for call in ["serve", "check"] {
        let home = Home::new();
        let output = home
            .command(&[call])
            .env("VDX_SMTP__URL", "smtp://mail.example")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{call}");
        assert!(text(&output.stderr).contains("smtp.url"), "{call}");
        assert!(!home.data().exists(), "{call}");
    }
}

#[test]
fn openapi_documents_are_printed() {
    for name in [
        "video-v2",
        "video-v1",
        "sms-v1",
        "client-v2",
        "hub-v1",
        "oauth",
    ] {
        let output = Home::new().run(&["openapi", name]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["openapi"], "3.1.0", "{name}");
        assert!(!document["paths"].as_object().unwrap().is_empty(), "{name}");
    }
}

#[test]
fn check_says_what_is_wrong_and_makes_nothing() {
    let home = Home::new();
    let output = home.run(&["check"]);
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert!(!home.data().exists());
    for (name, value, part) in [
        (
            "VDX_DATABASE__URL",
            "postgres://nobody@127.0.0.1:1/none",
            "WRONG  database",
        ),
        ("VDX_DATABASE__URL", "mysql://x/y", "WRONG  database"),
        ("VDX_BOOKING__TIME_ZONE", "Mars/Olympus", "WRONG  booking"),
    ] {
        let output = home.command(&["check"]).env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{value}");
        assert!(
            text(&output.stdout).contains(part),
            "{}",
            text(&output.stdout)
        );
    }
    let turn = home
        .command(&["check"])
        .env("VDX_TURN__SECRET", "sixteen-letters-and-more")
        .env("VDX_TURN__TLS_LISTEN", "127.0.0.1:5349")
        .env("VDX_TURN__TLS_CERTIFICATE", "none.pem")
        .env("VDX_TURN__TLS_KEY", "none.key")
        .output()
        .unwrap();
    assert_eq!(turn.status.code(), Some(1));
    let told = text(&turn.stdout);
    assert!(told.contains("WRONG  turn: "), "{told}");
    let unknown = home
        .command(&["check"])
        .env("VDX_SERVER__LISSEN", "1")
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("server.lissen"));
}

#[test]
fn check_says_how_long_v1_answers() {
    let home = Home::new();
    let checked = |until: &str| {
        let mut check = home.command(&["check"]);
        check.env("VDX_VIDEO_V1__UNTIL", until).output().unwrap()
    };
    for (until, line) in [
        ("", "ok     booking API v1: on\n"),
        (
            "2999-12-31",
            "ok     booking API v1: on until the end of 2999-12-31\n",
        ),
        (
            "2020-02-29",
            "ok     booking API v1: off, its last day was 2020-02-29\n",
        ),
    ] {
        let output = checked(until);
        let told = text(&output.stdout);
        assert!(output.status.success() && told.contains(line), "{told}");
    }
    let wrong = checked("2021-02-29");
    assert_eq!(wrong.status.code(), Some(1));
    let told = text(&wrong.stderr);
    assert!(told.contains("video_v1.until"), "{told}");
}

#[tokio::test]
async fn v1_is_gone_after_its_last_day() {
    let home = Home::new();
    let settings = home.folder.path().join("vdx.toml");
    std::fs::write(settings, "[video_v1]\nuntil = '2020-02-29'\n").unwrap();
    let _hub = home.serve(&[]).await;
    let info = format!("{}/videoapi/info", home.url());
    let gone = client().get(info).send().await.unwrap();
    assert_eq!(gone.status(), 410);
    // The day ends at midnight in Copenhagen.
    assert_eq!(gone.headers()["sunset"], "Sat, 29 Feb 2020 23:00:00 GMT");
}

#[test]
fn a_busy_port_is_named_with_its_owner() {
    let home = Home::new();
    let _taken = TcpListener::bind(home.http).unwrap();
    let output = home.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output.stderr);
    let owner = format!("(pid {})", std::process::id());
    assert!(
        text.contains(&home.http.port().to_string()) && text.contains(&owner),
        "{text}"
    );
    assert!(!home.data().exists());
}

#[tokio::test]
async fn it_says_where_to_go_and_stops_cleanly() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let hub = home.serve(&[]).await;
        let begun = Instant::now();
        hub.signal(signal);
        let (status, out, err) = hub.ended();
        assert_eq!(status, Some(0), "{err}");
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
        assert!(out.contains(&home.url()), "{out}");
        assert!(!home.data().join("demo.json").exists());
    }
}

#[tokio::test]
async fn what_is_written_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let _hub = home.serve(&["--demo"]).await;
    for entry in std::fs::read_dir(home.data()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
    }
}

#[test]
fn a_hub_on_postgresql_serves() {
    vdx_store::testing::run(EngineKind::Postgres, async |test: TestDb| {
        let mut home = Home::new();
        home.database = Some(test.url_text.clone());
        let _hub = home.serve(&["--demo"]).await;
        assert_eq!(home.demo()["public_url"], home.url());
        let checked = home.run(&["check"]);
        assert!(
            text(&checked.stdout).contains("PostgreSQL"),
            "{}",
            text(&checked.stdout)
        );
        assert!(!home.data().join("vdx.db").exists());
    });
}
