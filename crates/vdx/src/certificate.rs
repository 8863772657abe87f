//! The self-signed certificate of a trial on the local network.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use crate::failure::Failure;

/// Writes `certificate.pem` and `key.pem` (mode 0600) for this machine's
/// names and addresses and the `names` given.
pub(crate) fn make(folder: &Path, names: &[String]) -> Result<(), Failure> {
    let mut all = own_names().context("the addresses of this machine")?;
    all.extend(names.iter().cloned());
    all.sort();
    all.dedup();
    let made = rcgen::generate_simple_self_signed(all.clone()).context("the certificate")?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    write(&folder.join("certificate.pem"), &made.cert.pem(), 0o644)?;
    write(
        &folder.join("key.pem"),
        &made.signing_key.serialize_pem(),
        0o600,
    )?;
    println!("{}: for {}", folder.display(), all.join(", "));
    Ok(())
}

fn own_names() -> anyhow::Result<Vec<String>> {
    let mut names = vec!["localhost".to_owned()];
    names.extend(
        if_addrs::get_if_addrs()?
            .into_iter()
            .map(|interface| interface.ip().to_string()),
    );
    if let Ok(name) = fs::read_to_string("/etc/hostname") {
        names.extend(Some(name.trim().to_owned()).filter(|name| !name.is_empty()));
    }
    Ok(names)
}

fn write(file: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    // An older file would keep its mode.
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| file.display().to_string());
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(file)
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .with_context(|| file.display().to_string())
}
