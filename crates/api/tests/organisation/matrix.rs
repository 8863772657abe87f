//! Role × operation × (own, below, above, other organisation).

use reqwest::Method;
use serde_json::{Value, json};
use vdx_domain::ApiRole;
use vdx_store::both_engines;
use vdx_testkit::ORGANISATION;

use crate::rig::{Caller, Rig};

/// Whether the caller is let in, and how a refusal is told.
const WITHIN: u16 = 200;
const OUTSIDE: u16 = 403;

/// All operations on an organisation, by what names it. `NEW` is another code
/// each time.
fn operations(
    version: &str,
    organisation: &str,
    group: i64,
) -> Vec<(Method, String, Option<Value>)> {
    let encoded = organisation.replace('/', "%2F");
    let new = || Some(json!({ "code": uuid::Uuid::new_v4() }));
    let key =
        || Some(json!({ "api_key": format!("key-{organisation}"), "api_key_type": "history" }));
    let (base, under) = match version {
        "v2" => ("/v2", "/v2"),
        _ => ("", "/v1"),
    };
    let mut operations = vec![
        (Method::GET, format!("{base}/organisation/{encoded}"), None),
        (
            Method::GET,
            format!("{base}/organisation?organisationCode={encoded}"),
            None,
        ),
        (
            Method::POST,
            format!("{base}/organisation/{encoded}"),
            new(),
        ),
        (
            Method::POST,
            format!("{base}/organisation?parent_code={encoded}"),
            new(),
        ),
        (
            Method::GET,
            format!("{base}/organisationtree/{encoded}"),
            None,
        ),
        (
            Method::GET,
            format!("{base}/organisationtree?organisationCode={encoded}"),
            None,
        ),
        (
            Method::GET,
            format!("{base}/organisationtree?groupId={group}"),
            None,
        ),
        (
            Method::GET,
            format!("{under}/organisationtree-children?organisationCode={encoded}"),
            None,
        ),
        (
            Method::GET,
            format!("{under}/organisationtree-children?groupId={group}"),
            None,
        ),
        (
            Method::POST,
            format!("{under}/organisation-tree-for-api-key"),
            key(),
        ),
    ];
    if version == "v2" {
        operations.push((
            Method::GET,
            format!("/v2/organisation/{encoded}/descendants"),
            None,
        ));
        let same_key = json!({ "historyApiKey": format!("key-{organisation}") });
        operations.push((
            Method::PUT,
            format!("/v2/organisation/{encoded}"),
            Some(same_key),
        ));
    }
    operations
}

async fn check(caller: &Caller<'_>, who: &str, organisation: &str, group: i64, status: u16) {
    for version in ["v2", "v1"] {
        for (method, path, body) in operations(version, organisation, group) {
            let answer = caller
                .call(method.clone(), &path, body.map(|body| body.to_string()))
                .await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{who}: {method} {path}: {}",
                answer.body
            );
            if status != WITHIN {
                answer.failed();
            }
        }
    }
}

/// The nodes of all organisations, after each has a key for its history.
async fn nodes(rig: &Rig) -> Vec<(&'static str, i64)> {
    let mut nodes = Vec::new();
    for organisation in [ORGANISATION, "ward", "ward/bed", "clinic", "other"] {
        let admin = rig.admin(organisation).await;
        let path = format!("/v2/organisation/{}", organisation.replace('/', "%2F"));
        let key = json!({ "historyApiKey": format!("key-{organisation}") });
        let answer = admin.put(&path, key).await.good();
        nodes.push((organisation, answer["groupId"].as_i64().unwrap()));
    }
    nodes
}

both_engines! {
    async fn only_administrators_and_only_what_is_theirs(test: TestDb) {
        let rig = Rig::on(test).await;
        let nodes = nodes(&rig).await;
        // Who acts for the first reaches the others.
        let reaches = [
            (ORGANISATION, &[ORGANISATION, "ward", "ward/bed", "clinic"][..]),
            ("ward", &["ward", "ward/bed"]),
            ("ward/bed", &["ward/bed"]),
            ("other", &["other"]),
        ];
        for (home, reached) in reaches {
            let admin = rig.admin(home).await;
            for (organisation, group) in &nodes {
                let status = if reached.contains(organisation) { WITHIN } else { OUTSIDE };
                check(&admin, home, organisation, *group, status).await;
            }
        }
    }

    async fn no_other_role_is_let_in(test: TestDb) {
        let rig = Rig::on(test).await;
        let nodes = nodes(&rig).await;
        let others = [
            ApiRole::MeetingUser,
            ApiRole::MeetingPlanner,
            ApiRole::MeetingProvisioner,
            ApiRole::MeetingProvisionerUser,
        ];
        let mut callers = vec![("stranger".to_owned(), rig.stranger(), 401)];
        for role in others {
            callers.push((role.to_string(), rig.caller(&[role], ORGANISATION).await, 403));
        }
        let all = rig.caller(&others, ORGANISATION).await;
        callers.push(("all others".to_owned(), all, 403));
        let mere = rig.caller(&[ApiRole::ManagementAdmin, ApiRole::Operator], ORGANISATION).await;
        callers.push(("roles of other APIs".to_owned(), mere, 401));
        for (who, caller, status) in &callers {
            for (organisation, group) in &nodes {
                check(caller, who, organisation, *group, *status).await;
            }
            for path in ["/v2/organisation/uri", "/organisation/uri"] {
                // The body is no list, and that is not told to them.
                let answer = caller.post(path, json!("x")).await;
                assert_eq!(answer.failed().0, *status, "{who}: {path}");
            }
        }
        let one_of_many = [others.as_slice(), &[ApiRole::MeetingAdmin]].concat();
        let caller = rig.caller(&one_of_many, ORGANISATION).await;
        check(&caller, "administrator among others", "clinic", nodes[3].1, WITHIN).await;
    }

    async fn what_is_not_there_is_told_apart_from_what_is_not_theirs(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        for version in ["v2", "v1"] {
            for (method, path, body) in operations(version, "nobody", 999_999) {
                let creates = method == Method::POST && !path.contains("api-key");
                let answer = admin.call(method.clone(), &path, body.map(|body| body.to_string())).await;
                let status = if creates { 400 } else { 404 };
                assert_eq!(answer.failed().0, status, "{method} {path}");
            }
        }
    }

    async fn folders_are_reached_like_organisations(test: TestDb) {
        let rig = Rig::on(test).await;
        for (home, group, status) in [
            (ORGANISATION, rig.folder, 200),
            (ORGANISATION, rig.country, 403),
            ("clinic", rig.folder, 403),
        ] {
            let admin = rig.admin(home).await;
            for path in ["/v2/organisationtree", "/v2/organisationtree-children"] {
                let answer = admin.get(&format!("{path}?groupId={group}")).await;
                assert_eq!(answer.status.as_u16(), status, "{home} {path} {group}");
            }
        }
    }
}
