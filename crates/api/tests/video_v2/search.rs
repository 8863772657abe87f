//! Finding meetings over HTTP.

use serde_json::{Value, json};
use vdx_domain::ApiRole::{MeetingPlanner, MeetingUser};
use vdx_store::both_engines;
use vdx_testkit::{ORGANISATION, TestHub};

use crate::rig::{Api, uuid_of};

const ONE_TIME: &str = "Either both from-start-time and to-start-time must be provided or none of them must be provided.";
const NOTHING: &str = "Must set at least one query parameter, when searching for meeting.";

async fn found(api: &Api<'_>, query: &str) -> Vec<Value> {
    let answer = api.get(&format!("/meetings?{query}")).await.good();
    answer.as_array().unwrap().clone()
}

both_engines! {
    async fn every_criterion_gives_a_list_of_whole_meetings(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let meeting = api.book(json!({
            "subject": "Æblegrød med fløde", "labels": ["l"],
            "additionalInformation": [{ "key": "k", "value": "v" }],
        })).await.good();
        api.book(json!({ "subject": "Andet", "startTime": "2029-01-01T10:00:00Z" })).await.good();
        let uuid = meeting["uuid"].as_str().unwrap();
        let room = api.get(&format!("/scheduling-info/{uuid}")).await.good();
        let (address, number) = (room["uriWithDomain"].as_str().unwrap(), room["uriWithoutDomain"].as_str().unwrap());
        let short_id = meeting["shortId"].as_str().unwrap();
        for query in [
            format!("short-id={short_id}"),
            "label=l".to_owned(),
            "subject=%C3%86blegr%C3%B8d%20med%20fl%C3%B8de".to_owned(),
            "search=%C3%A6BLEGR%C3%98D".to_owned(),
            "from-start-time=2030-01-01T11:00:00%2B01:00&to-start-time=2030-01-01T10:00:00Z".to_owned(),
            format!("uriWithDomain={address}"),
            // The first one counts, and an empty one is not there.
            "short-id=&label=l&subject=nothing&from-start-time=2030-01-01T10:00:00Z".to_owned(),
        ] {
            assert_eq!(found(&api, &query).await, std::slice::from_ref(&meeting), "{query}");
        }
        assert_eq!(found(&api, "organizedBy=me@example.org").await.len(), 2);
        assert_eq!(found(&api, "label=nothing").await, [] as [Value; 0]);
        let by = |path: &str, uri: &str| format!("/meetings/{path}?uri={uri}");
        assert_eq!(api.get(&by("findByUriWithDomain", address)).await.good(), meeting);
        assert_eq!(api.get(&by("findByUriWithoutDomain", number)).await.good(), meeting);
        for path in ["findByUriWithDomain", "findByUriWithoutDomain"] {
            let unknown = api.get(&by(path, "nobody@rooms.example")).await;
            assert_eq!((unknown.failed(), unknown.text()), ((404, "11"), "Resource: meeting in field: uriWithDomain not found."));
            assert_eq!(api.get(&by(path, "")).await.failed(), (404, "11"));
            assert_eq!(api.get(&format!("/meetings/{path}")).await.failed(), (400, "10"));
        }
    }

    async fn what_cannot_be_searched_by_has_its_code(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        for (query, code) in [
            ("", "36"),
            ("label=&search=", "36"),
            ("colour=green", "36"),
            ("from-start-time=2030-01-01T10:00:00Z", "28"),
            ("search=a&to-start-time=2030-01-01T10:00:00Z", "28"),
            ("short-id=00010203040", "10"),
            ("short-id=0001020304050", "10"),
            ("from-start-time=tomorrow&to-start-time=2030-01-01T10:00:00Z", "10"),
            ("from-start-time=2030-01-01T10:00:00+01:00&to-start-time=2030-01-01T10:00:00Z", "10"),
            ("from-start-time=10000-01-01T10:00:00Z&to-start-time=2030-01-01T10:00:00Z", "25"),
            ("label=a&label=b", "10"),
        ] {
            let refused = api.get(&format!("/meetings?{query}")).await;
            assert_eq!(refused.failed(), (400, code), "{query}");
            match code {
                "28" => assert_eq!(refused.text(), ONE_TIME),
                "36" => assert_eq!(refused.text(), NOTHING),
                _ => {}
            }
        }
        let unknown = api.get("/meetings?short-id=000102030405").await;
        assert_eq!((unknown.failed(), unknown.text()), ((404, "11"), "Resource: meeting in field: shortId not found."));
    }

    async fn times_that_narrow_a_search_do_not_count_themselves(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        // It begins at ten.
        let meeting = api.book(json!({ "subject": "Talk" })).await.good();
        let at = |time: &str| format!("2030-01-01T{time}Z");
        for (from, to, within, at_bound) in [
            ("09:59:59", "10:00:01", true, false),
            ("10:00:00", "10:00:01", false, true),
            ("09:59:59", "10:00:00", false, true),
            ("10:00:00", "10:00:00", false, true),
            ("10:00:01", "11:00:00", false, false),
            ("09:00:00", "09:59:59", false, false),
        ] {
            let times = format!("from-start-time={}&to-start-time={}", at(from), at(to));
            let expected = |found: bool| if found { vec![meeting.clone()] } else { Vec::new() };
            assert_eq!(found(&api, &format!("search=alk&{times}")).await, expected(within), "{times}");
            // By themselves they do.
            assert_eq!(found(&api, &times).await, expected(within || at_bound), "{times}");
        }
    }

    async fn of_several_criteria_the_first_counts(test: TestDb) {
        let hub = TestHub::on(test).await;
        let api = Api::with(&hub, &[MeetingPlanner]).await;
        let book = async |more: Value| api.book(more).await.good();
        let by_short_id = book(json!({})).await;
        let by_label = book(json!({ "labels": ["l"] })).await;
        let by_subject = book(json!({ "subject": "exact" })).await;
        let by_organiser = book(json!({ "organizedByEmail": "o@example.org" })).await;
        let february = |hour: u8, subject: &str| json!({
            "subject": subject,
            "startTime": format!("2030-02-01T{hour}:00:00Z"), "endTime": "2030-02-01T20:00:00Z",
        });
        let by_times = book(february(10, "other")).await;
        let by_text = book(february(11, "needle")).await;
        let by_address = book(json!({})).await;
        let room = api.get(&format!("/scheduling-info/{}", uuid_of(&by_address))).await.good();
        let criteria = [
            (format!("short-id={}", by_short_id["shortId"].as_str().unwrap()), vec![by_short_id]),
            ("label=l".to_owned(), vec![by_label]),
            ("subject=exact".to_owned(), vec![by_subject]),
            ("organizedBy=o@example.org".to_owned(), vec![by_organiser]),
            ("search=needle".to_owned(), vec![by_text.clone()]),
            ("from-start-time=2030-02-01T10:00:00Z&to-start-time=2030-02-01T12:00:00Z".to_owned(), vec![by_times, by_text]),
            (format!("uriWithDomain={}", room["uriWithDomain"].as_str().unwrap()), vec![by_address]),
        ];
        for (dropped, (_, expected)) in criteria.iter().enumerate() {
            let mut left: Vec<&str> = criteria[dropped..].iter().map(|(query, _)| query.as_str()).collect();
            assert_eq!(&found(&api, &left.join("&")).await, expected, "{left:?}");
            // Where they stand in the address says nothing.
            left.reverse();
            assert_eq!(&found(&api, &left.join("&")).await, expected, "{left:?}");
        }
    }

    async fn a_plain_user_finds_their_own(test: TestDb) {
        let hub = TestHub::on(test).await;
        let me = Api::with(&hub, &[MeetingUser]).await;
        let meeting = me.book(json!({ "labels": ["l"] })).await.good();
        let other = Api::of(&hub, Some((ORGANISATION, "other@example.org")), &[MeetingUser]).await;
        for query in ["label=l", "search=talk", "organizedBy=me@example.org"] {
            assert_eq!(found(&me, query).await, std::slice::from_ref(&meeting), "{query}");
            assert_eq!(found(&other, query).await, [] as [Value; 0], "{query}");
        }
        let by_id = format!("/meetings?short-id={}", meeting["shortId"].as_str().unwrap());
        assert_eq!(other.get(&by_id).await.failed(), (403, "11"));
    }
}
