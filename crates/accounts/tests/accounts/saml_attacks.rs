//! Assertions that somebody changed after they were signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use vdx_accounts::MAX_ASSERTION;
use vdx_accounts::certificates::ExchangeRefused;
use vdx_store::both_engines;

use crate::rig::HERE;
use crate::saml_rig::{assertion, certificate, exchange, refusal, service, trusting};

/// The first and the last part around what stands between two marks, and that.
fn cut<'a>(text: &'a str, from: &str, to: &str) -> (&'a str, &'a str, &'a str) {
    let start = text.find(from).unwrap();
    let end = start + text[start..].find(to).unwrap() + to.len();
    (&text[..start], &text[start..end], &text[end..])
}

fn without_signature(text: &str) -> String {
    let (before, _, after) = cut(text, "<ds:Signature ", "</ds:Signature>");
    format!("{before}{after}")
}

fn signature(text: &str) -> &str {
    cut(text, "<ds:Signature ", "</ds:Signature>").1
}

/// An assertion as the attacker would like it.
fn wished() -> String {
    without_signature(&assertion("good")).replace("meeting-user", "meeting-admin")
}

both_engines! {
    async fn every_change_is_seen(test: TestDb) {
        let hub = trusting(test, service()).await;
        let good = assertion("good");
        for (from, to) in [
            ("meeting-user", "meeting-admin"),
            (">region<", ">other<"),
            ("s&#248;ren", "soren"),
            ("NotOnOrAfter=\"2027", "NotOnOrAfter=\"2028"),
            ("https://sts.example/", "https://sts.example/ "),
            ("<saml2:Conditions ", "<saml2:Conditions x='' "),
            ("<saml2:Subject>", "<saml2:Advice/><saml2:Subject>"),
            ("urn:unused\"", "urn:medcom\" xmlns:saml3=\"urn:oasis:names:tc:SAML:2.0:assertion\""),
        ] {
            let changed = good.replacen(from, to, 1);
            assert_ne!(changed, good, "{from}");
            let unused = from.starts_with("urn:unused");
            match exchange(&hub.accounts, &changed).await {
                // A prefix nobody uses is no content (Exclusive XML Canonicalization section 1.3).
                Ok(_) if unused => {}
                Err(ExchangeRefused::InvalidAssertion(reason)) if !unused => {
                    assert!(reason.contains("was changed"), "{from}: {reason}");
                }
                other => panic!("{from}: {other:?}"),
            }
        }
    }

    async fn the_signature_itself_cannot_be_changed(test: TestDb) {
        let hub = trusting(test, service()).await;
        let good = assertion("good");
        let digest = cut(&good, "<ds:DigestValue>", "</ds:DigestValue>").1;
        let others = assertion("again");
        let other_digest = cut(&others, "<ds:DigestValue>", "</ds:DigestValue>").1;
        let value = cut(&good, "<ds:SignatureValue>", "</ds:SignatureValue>").1;
        for changed in [
            good.replace(digest, other_digest),
            good.replace(value, "<ds:SignatureValue></ds:SignatureValue>"),
            good.replace(signature(&good), signature(&others)),
            good.replace("rsa-sha256", "rsa-sha512"),
            good.replace("rsa-sha256", "hmac-sha256"),
            good.replace("URI=\"#_good\"", "URI=\"\""),
            good.replace("URI=\"#_good\"", "URI=\"#xpointer(/)\""),
            good.replace("enveloped-signature", "base64"),
            good.replace(
                "</ds:Transforms>",
                "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms>",
            ),
            good.replace("</ds:SignedInfo>", "<ds:Reference URI=\"#x\"/></ds:SignedInfo>"),
            without_signature(&good),
        ] {
            assert_ne!(changed, good);
            refusal(&hub.accounts, &changed).await;
        }
    }

    /// XML signature wrapping: what was signed is still there, somewhere, and what
    /// is read is something else (Somorovsky et al., "On Breaking SAML", 2012).
    async fn a_signature_cannot_be_wrapped(test: TestDb) {
        let hub = trusting(test, service()).await;
        let (good, wished) = (assertion("good"), wished());
        let other_id = wished.replace("ID=\"_good\"", "ID=\"_evil\"");
        let bare = without_signature(&good);
        let into = |outer: &str, what: &str| outer.replacen("<saml2:Subject>", &format!("{what}<saml2:Subject>"), 1);
        let object = |what: &str| {
            let inside = format!("<ds:Object>{what}</ds:Object></ds:Signature>");
            signature(&good).replace("</ds:Signature>", &inside)
        };
        let response = |inside: &str| {
            format!("<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{inside}</samlp:Response>")
        };
        let advice = |what: &str| format!("<saml2:Advice>{what}</saml2:Advice>");
        for (what, document) in [
            ("good inside evil", into(&other_id, &good)),
            ("good inside evil of the same ID", into(&wished, &good)),
            ("the signature of a good one inside", into(&into(&wished, &bare), signature(&good))),
            ("good in the signature", into(&wished, &object(&bare))),
            ("good in the signature, other ID", into(&other_id, &object(&bare))),
            ("good as advice", into(&wished, &advice(&good))),
            ("the signature outside, good as advice", into(&into(&wished, &advice(&bare)), signature(&good))),
            ("evil inside good", good.replace("</saml2:Assertion>", &format!("{other_id}</saml2:Assertion>"))),
            ("evil in good's signature", good.replace("</ds:Signature>", &format!("<ds:Object>{other_id}</ds:Object></ds:Signature>"))),
            ("two beside one another", response(&format!("{other_id}{good}"))),
            ("evil before good", format!("{other_id}{good}")),
            ("good alone in a response", response(&good)),
            ("two signatures", into(&good, signature(&assertion("again")))),
            ("a second attribute ID", good.replacen("ID=\"_good\"", "xmlns:e='urn:e' e:ID='_evil' ID=\"_good\"", 1)),
        ] {
            assert!(document.contains("meeting-user"), "{what}: what was signed is there");
            let reason = refusal(&hub.accounts, &document).await;
            assert!(!reason.is_empty(), "{what}");
        }
        // None of them used the signed one up.
        exchange(&hub.accounts, &good).await.unwrap();
    }

    async fn comments_and_entities_hide_nothing(test: TestDb) {
        let hub = trusting(test, service()).await;
        let good = assertion("good");
        let bomb = (0..20).fold("<!ENTITY e0 \"lol\">".to_owned(), |text, n| {
            format!("{text}<!ENTITY e{} \"&e{n};&e{n};\">", n + 1)
        });
        for (what, document) in [
            ("a comment", good.replace(">region<", ">re<!-- x -->gion<")),
            ("a comment after", good.replace(">region<", ">region<!-- x --><")),
            ("an instruction", good.replace(">region<", ">region<?x?><")),
            ("CDATA", good.replace(">region<", "><![CDATA[region]]><")),
            ("a document type", format!("<!DOCTYPE a>{good}")),
            (
                "an entity",
                format!("<!DOCTYPE a [<!ENTITY r \"region\">]>{}", good.replace(">region<", ">&r;<")),
            ),
            (
                "a file",
                format!(
                    "<!DOCTYPE a [<!ENTITY r SYSTEM \"file:///etc/hostname\">]>{}",
                    good.replace(">region<", ">&r;<")
                ),
            ),
            ("many entities", format!("<!DOCTYPE a [{bomb}]>{}", good.replace(">region<", ">&e20;<"))),
            ("an unknown entity", good.replace(">region<", ">&r;<")),
        ] {
            assert_ne!(document, good);
            let reason = refusal(&hub.accounts, &document).await;
            assert_eq!(reason, "it cannot be read", "{what}");
        }
    }

    async fn sizes_are_bounded(test: TestDb) {
        let hub = trusting(test, service()).await;
        let good = assertion("good");
        let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
        let reason = refusal(&hub.accounts, &padded(MAX_ASSERTION + 1)).await;
        assert!(reason.contains("too long"), "{reason}");
        let reason = refusal(&hub.accounts, &padded(MAX_ASSERTION * 2)).await;
        assert!(reason.contains("too long"), "{reason}");
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        assert_eq!(refusal(&hub.accounts, &deep).await, "it cannot be read");
        exchange(&hub.accounts, &padded(MAX_ASSERTION)).await.unwrap();
    }

    async fn what_is_no_assertion_is_refused(test: TestDb) {
        let hub = trusting(test, service()).await;
        let system = certificate("system");
        for wrong in ["", "!", "PGE", "//79", &STANDARD.encode("x"), &STANDARD.encode("<a/>")] {
            let refused = hub.accounts.exchange_assertion(wrong, &system, HERE).await;
            assert!(
                matches!(refused, Err(ExchangeRefused::InvalidAssertion(_))),
                "{wrong}: {refused:?}"
            );
        }
        // Lines broken as in mail are fine.
        let encoded = STANDARD.encode(assertion("good"));
        let lines: Vec<&str> = (0..encoded.len()).step_by(76)
            .map(|at| &encoded[at..encoded.len().min(at + 76)])
            .collect();
        let given = hub.accounts.exchange_assertion(&lines.join("\r\n"), &system, HERE).await;
        given.unwrap();
    }
}
