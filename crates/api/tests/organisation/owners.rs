//! Whose addresses are.

use serde_json::{Value, json};
use vdx_domain::{Clock as _, ProvisionStatus};
use vdx_store::{Connection as _, both_engines, domains, organisations};
use vdx_testkit::{NewRoom, ORGANISATION};

use crate::rig::{Caller, Rig, code};

/// `address code booked` for each that is known.
async fn ask(caller: &Caller<'_>, path: &str, addresses: Value) -> Vec<String> {
    let answer = caller.post(path, addresses).await.good();
    let line = |owner: &Value| {
        let code = owner["code"].as_str().unwrap_or("-");
        format!(
            "{} {code} {}",
            owner["uri"].as_str().unwrap(),
            owner["booked"]
        )
    };
    answer.as_array().unwrap().iter().map(line).collect()
}

async fn add_domain(rig: &Rig, domain: &str, group: i64) {
    let mut tx = rig.hub.db.begin().await.unwrap();
    domains::add(&mut tx, domain, group, true, rig.hub.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn group(rig: &Rig, organisation: &str) -> i64 {
    organisations::group_of(&mut rig.hub.db.reader(), &code(organisation))
        .await
        .unwrap()
        .unwrap()
}

/// Books a room and puts it into this status; gives its address.
async fn booked(rig: &Rig, status: ProvisionStatus) -> String {
    let meeting = rig.hub.book(json!({})).await;
    let uuid = meeting["uuid"].as_str().unwrap();
    let url = format!("{}/videoapi/v2/scheduling-info/{uuid}", rig.hub.url);
    let room = rig
        .hub
        .http
        .get(url)
        .bearer_auth(rig.hub.token().await)
        .send()
        .await
        .unwrap();
    let room: Value = room.json().await.unwrap();
    let mut tx = rig.hub.db.begin().await.unwrap();
    tx.sql("UPDATE scheduling_infos SET provision_status = $1 WHERE id = $2")
        .bind(status)
        .bind(uuid)
        .execute()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    room["uriWithDomain"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn rooms_come_before_domains(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        add_domain(&rig, "rooms.example", group(&rig, "ward").await).await;
        add_domain(&rig, "*.example", rig.folder).await;
        // Closer than the pattern above it, and not meant for its own domain.
        add_domain(&rig, "*.sub.example", group(&rig, "ward").await).await;
        rig.hub.add_room(NewRoom { alias: "Desk@rooms.example", ..NewRoom::default() }).await;
        let live = booked(&rig, ProvisionStatus::ProvisionedOk).await;
        let waiting = booked(&rig, ProvisionStatus::AwaitsProvision).await;
        let addresses = json!([
            live.to_uppercase(), waiting, "desk@ROOMS.example", "x@rooms.example", "x@sub.example",
            "x@a.sub.example", "x@b.a.sub.example",
            "x@elsewhere.test", "no address", "",
        ]);
        for path in ["/v2/organisation/uri", "/organisation/uri"] {
            assert_eq!(
                ask(&admin, path, addresses.clone()).await,
                [
                    format!("{} region true", live.to_uppercase()),
                    format!("{waiting} ward false"),
                    "desk@ROOMS.example region false".to_owned(),
                    "x@rooms.example ward false".to_owned(),
                    "x@sub.example - false".to_owned(),
                    "x@a.sub.example ward false".to_owned(),
                    "x@b.a.sub.example ward false".to_owned(),
                ]
            );
        }
        let answer = admin.post("/v2/organisation/uri", json!(["x@sub.example"])).await.good();
        assert_eq!(answer, json!([{
            "code": null, "name": null, "groupId": rig.folder, "groupName": "Folder",
            "uri": "x@sub.example", "booked": false,
        }]));
    }

    async fn addresses_of_others_are_left_out(test: TestDb) {
        let rig = Rig::on(test).await;
        add_domain(&rig, "rooms.example", group(&rig, "ward").await).await;
        add_domain(&rig, "country.example", rig.country).await;
        let addresses = json!(["x@rooms.example", "x@country.example"]);
        for (home, known) in [(ORGANISATION, 1), ("ward", 1), ("clinic", 0), ("other", 0)] {
            let admin = rig.admin(home).await;
            assert_eq!(ask(&admin, "/v2/organisation/uri", addresses.clone()).await.len(), known, "{home}");
        }
    }

    async fn the_list_has_a_limit(test: TestDb) {
        let rig = Rig::on(test).await;
        let admin = rig.admin(ORGANISATION).await;
        let many = |number: usize| json!(vec!["x@rooms.example"; number]);
        assert!(
            ask(&admin, "/v2/organisation/uri", many(1000))
                .await
                .is_empty()
        );
        for body in [many(1001), json!({}), json!([1]), json!([null])] {
            assert_eq!(
                admin.post("/v2/organisation/uri", body).await.failed().0,
                400
            );
        }
    }
}
