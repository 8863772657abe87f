//! `vdx client` and `vdx keys`, while the hub runs.

use reqwest::StatusCode;
use serde_json::Value;

use crate::process::{Home, client};

fn run(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        text(output.stderr)
    );
    text(output.stdout)
}

fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_once(": ").unwrap().1
}

async fn token(home: &Home, id: &str, secret: &str) -> (StatusCode, String) {
    let request = client().post(format!("{}/oauth2/token", home.url()));
    let form = [("grant_type", "client_credentials")];
    let reply = request
        .basic_auth(id, Some(secret))
        .form(&form)
        .send()
        .await
        .unwrap();
    let status = reply.status();
    let body: Value = reply.json().await.unwrap();
    (
        status,
        body["access_token"].as_str().unwrap_or_default().to_owned(),
    )
}

async fn info(home: &Home, token: &str) -> StatusCode {
    let request = client().get(format!("{}/videoapi/v2/info", home.url()));
    request.bearer_auth(token).send().await.unwrap().status()
}

#[tokio::test]
async fn the_operator_makes_and_changes_clients() {
    let home = Home::new();
    let _hub = home.serve(&["--demo"]).await;
    let made = run(
        &home,
        &[
            "client",
            "add",
            "--name",
            "A system",
            "--organisation",
            "demo-region",
            "--email",
            "a@demo.example",
            "--role",
            "meeting-user",
            "--role",
            "meeting-planner",
        ],
    );
    let (id, first) = (value(&made, "client_id"), value(&made, "client_secret"));
    let (status, good) = token(&home, id, first).await;
    assert_eq!(
        (status, info(&home, &good).await),
        (StatusCode::OK, StatusCode::OK)
    );

    let added = run(&home, &["client", "add-secret", id, "--days", "30"]);
    let second = value(&added, "client_secret");
    assert_eq!(token(&home, id, second).await.0, StatusCode::OK);
    let shown = run(&home, &["client", "show", id]);
    let secrets: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("secret"))
        .collect();
    assert_eq!(secrets.len(), 2, "{shown}");
    assert!(
        !shown.contains(first) && !shown.contains("last used never"),
        "{shown}"
    );
    let first_id = secrets[0].split_whitespace().nth(1).unwrap();
    run(&home, &["client", "remove-secret", id, first_id]);
    assert_eq!(token(&home, id, first).await.0, StatusCode::UNAUTHORIZED);

    run(&home, &["client", "disable", id]);
    assert_eq!(token(&home, id, second).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(info(&home, &good).await, StatusCode::UNAUTHORIZED);
    assert!(run(&home, &["client", "list"]).contains(&format!("{id}  disabled")));
    run(&home, &["client", "enable", id]);
    assert_eq!(info(&home, &good).await, StatusCode::OK);

    for wrong in [
        &["client", "disable", "00000000-0000-0000-0000-000000000000"][..],
        &["client", "remove-secret", id, first_id],
        &["client", "keys", id, "no-such-file"],
        &["client", "add", "--name", "x", "--role", "meeting-user"],
    ] {
        let output = home.run(wrong);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        assert!(!output.stderr.is_empty(), "{wrong:?}");
    }
}

#[tokio::test]
async fn the_operator_changes_keys() {
    let home = Home::new();
    let _hub = home.serve(&[]).await;
    let published = async || {
        let reply = client()
            .get(format!("{}/oauth2/jwks", home.url()))
            .send()
            .await;
        let body: Value = reply.unwrap().json().await.unwrap();
        body["keys"].as_array().unwrap().len()
    };
    assert_eq!(published().await, 1);
    let said = run(&home, &["keys", "rotate"]);
    assert!(said.contains("signs from"), "{said}");
    assert!(run(&home, &["keys", "rotate", "--at-once"]).contains("refused within a minute"));
}

#[tokio::test]
async fn the_operator_makes_apps_and_users() {
    let home = Home::new();
    let _hub = home.serve(&["--demo"]).await;
    let made = run(
        &home,
        &[
            "client",
            "add-app",
            "--name",
            "An app",
            "--role",
            "meeting-user",
            "--redirect-uri",
            "https://app.example/back",
            "--origin",
            "https://app.example",
        ],
    );
    let shown = run(&home, &["client", "show", value(&made, "client_id")]);
    assert!(
        shown.contains("redirect uri https://app.example/back"),
        "{shown}"
    );
    let listed = run(&home, &["client", "list"]);
    assert!(
        listed.contains("An app") && listed.contains("VDX"),
        "{listed}"
    );
    let user = [
        "user",
        "add",
        "--name",
        "somebody",
        "--organisation",
        "demo-region",
        "--email",
        "somebody@demo.example",
        "--role",
        "meeting-user",
    ];
    let first = run(&home, &user);
    let second = run(&home, &["user", "password", "somebody"]);
    assert_ne!(value(&first, "password"), value(&second, "password"));
    run(&home, &["user", "disable", "somebody"]);
    assert!(run(&home, &["user", "list"]).contains("somebody  disabled"));
    run(&home, &["user", "enable", "somebody"]);
    for wrong in [
        &user[..],
        &["user", "password", "nobody"],
        &[
            "client",
            "add-app",
            "--name",
            "x",
            "--role",
            "meeting-user",
            "--redirect-uri",
            "http://app.example/",
        ],
    ] {
        let output = home.run(wrong);
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
    }
    let verified = run(&home, &["audit", "verify"]);
    assert!(verified.contains("nothing changed"), "{verified}");
}
