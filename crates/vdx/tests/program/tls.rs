//! HTTPS with the certificate the program makes.

use crate::process::{Home, client};

#[tokio::test]
async fn the_self_made_certificate_serves_this_machine() {
    let home = Home::new();
    let folder = home.folder.path().join("lan");
    let made = home.run(&[
        "certificate",
        folder.to_str().unwrap(),
        "--name",
        "hub.example",
    ]);
    assert!(made.status.success());
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let mut hub = home
        .command(&["serve"])
        .env("VDX_SERVER__TLS_CERTIFICATE", &certificate)
        .env("VDX_SERVER__TLS_KEY", &key)
        .spawn()
        .unwrap();
    drop(client());
    let trusted = reqwest::Certificate::from_pem(&std::fs::read(&certificate).unwrap()).unwrap();
    let http = reqwest::Client::builder()
        .tls_certs_only([trusted])
        .resolve("hub.example", home.http)
        .build()
        .unwrap();
    let url = format!("https://hub.example:{}/healthz", home.http.port());
    let mut answer = http.get(&url).send().await;
    for _ in 0..1000 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        answer = http.get(&url).send().await;
    }
    hub.kill().unwrap();
    hub.wait().unwrap();
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
}
