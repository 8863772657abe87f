//! Clients that show a certificate, to the program as it is started.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::process::Home;

/// Certificates made by the tests of accounts.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../accounts/tests/accounts/saml");
    folder.join(name)
}

/// A certificate of the hub's own; gives it and its key.
fn own_certificate(home: &Home) -> (PathBuf, PathBuf) {
    let folder = home.folder.path().join("own");
    let made = home.run(&["certificate", folder.to_str().unwrap()]);
    assert!(made.status.success());
    (folder.join("certificate.pem"), folder.join("key.pem"))
}

/// The program, asking for certificates and knowing the system's.
fn asking(home: &Home, arguments: &[&str], certificates: &str) -> Command {
    let (certificate, key) = own_certificate(home);
    let mut command = home.command(arguments);
    command
        .env("VDX_SERVER__TLS_CERTIFICATE", certificate)
        .env("VDX_SERVER__TLS_KEY", key)
        .env("VDX_SERVER__CLIENT_CA", file("ca.pem"))
        .env("VDX_AUTH__CERTIFICATES", certificates)
        .env("VDX_AUTH__STS__CERTIFICATES", file("sts.pem"));
    command
}

fn known(names: &[&str]) -> String {
    let entry = |name: &&str| {
        json!({
            "certificate": file(&format!("{name}.pem")),
            "organisation": "demo-region",
            "email": "system@example.org",
            "roles": ["meeting-user"],
        })
    };
    json!(names.iter().map(entry).collect::<Vec<_>>()).to_string()
}

/// Status and body of a call with curl, which has a TLS library of its own.
fn curl(home: &Home, certificate: Option<&str>, path: &str) -> (String, String) {
    let own = home.folder.path().join("own/certificate.pem");
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]);
    command.arg("--cacert").arg(own);
    if let Some(name) = certificate {
        let key = file(&format!("{name}.key.pem"));
        command.arg("--cert").arg(file(&format!("{name}.pem")));
        command.arg("--key").arg(key);
    }
    command.arg(format!("https://localhost:{}{path}", home.http.port()));
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

#[tokio::test]
async fn curl_signs_in_with_a_certificate() {
    let home = Home::new();
    let mut hub = asking(&home, &["serve", "--demo"], &known(&["system"]))
        .spawn()
        .unwrap();
    let mut ready = curl(&home, None, "/readyz");
    for _ in 0..1000 {
        if ready.0 == "200" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
        ready = curl(&home, None, "/readyz");
    }
    let templates = "/videoapi/scheduling-templates";
    let answers = [Some("system"), Some("other"), None].map(|name| curl(&home, name, templates));
    hub.kill().unwrap();
    hub.wait().unwrap();
    assert_eq!(ready.0, "200");
    let [system, other, nobody] = answers;
    assert_eq!(system.0, "200", "{}", system.1);
    assert_eq!(other.0, "401");
    assert!(other.1.contains("not known here"), "{}", other.1);
    assert_eq!(nobody.0, "401", "{}", nobody.1);
}

#[test]
fn check_tells_how_long_certificates_last() {
    let home = Home::new();
    let check = asking(&home, &["check"], &known(&["system"]))
        .output()
        .unwrap();
    let told = String::from_utf8(check.stdout).unwrap();
    assert!(check.status.success(), "{told}");
    for (setting, name) in [
        ("server.client_ca", "ca.pem"),
        ("auth.certificates", "system.pem"),
        ("auth.sts.certificates", "sts.pem"),
    ] {
        let line = format!("ok     {setting} {}: until 2099-", file(name).display());
        assert!(told.contains(&line), "{line}\n{told}");
    }
    assert!(
        told.contains("callers with certificates: 1 known"),
        "{told}"
    );
}

#[test]
fn check_names_a_file_that_is_no_certificate() {
    let home = Home::new();
    let wrong = home.folder.path().join("wrong.pem");
    std::fs::write(&wrong, "x").unwrap();
    let certificates = json!([{
        "certificate": wrong, "organisation": "o", "email": "e", "roles": ["meeting-user"],
    }]);
    let check = asking(&home, &["check"], &certificates.to_string())
        .output()
        .unwrap();
    let told = String::from_utf8(check.stdout).unwrap();
    assert!(!check.status.success(), "{told}");
    assert!(
        told.contains(&format!("WRONG  auth.certificates {}", wrong.display())),
        "{told}"
    );
    // The same certificate for two holders would be a matter of luck.
    let twice = asking(&home, &["check"], &known(&["system", "system"]))
        .output()
        .unwrap();
    let told = String::from_utf8(twice.stdout).unwrap();
    assert!(told.contains("is there twice"), "{told}");
}
