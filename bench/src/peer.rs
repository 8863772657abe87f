//! Janus, the peer that forwarding is compared with, in a process of its own.
//! It gives no candidates on the loopback interface, so it needs an address.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::signalling::janus::Janus;

/// Where Debian's package puts the plug-ins.
const LIBRARIES: &str = "/usr/lib/x86_64-linux-gnu/janus";

/// A running Janus. Killed when dropped.
#[derive(Debug)]
pub struct JanusProcess {
    child: Child,
    folder: TempDir,
    janus: Janus,
}

impl JanusProcess {
    /// Starts Janus on `address`, on one core if told, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start or does not answer within half a minute.
    pub async fn start(address: Ipv4Addr, core: Option<usize>) -> Result<Self> {
        let folder = TempDir::with_prefix("vdx-bench-janus-")?;
        write_settings(folder.path(), address)?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string(), "janus"]);
                command
            }
            None => Command::new("janus"),
        };
        let child = command
            .arg("-F")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting janus")?;
        let janus = Janus::at(address, PORT)?;
        let mut process = Self {
            child,
            folder,
            janus,
        };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if process.janus.answers().await {
                return Ok(process);
            }
            if process.child.try_wait()?.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(process.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines[lines.len().saturating_sub(20)..].join("\n");
        bail!("janus does not answer:\n{end}")
    }

    /// How to talk to it.
    #[must_use]
    pub fn janus(&self) -> &Janus {
        &self.janus
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for JanusProcess {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Janus's usual port for its HTTP interface.
const PORT: u16 = 8088;

/// One thread for the packets of all calls, as a server on one core would be
/// set up: with its default, a thread for each call, Janus does far worse.
fn write_settings(folder: &Path, address: Ipv4Addr) -> Result<()> {
    let main = format!(
        r#"general: {{
    configs_folder = "{folder}"
    plugins_folder = "{LIBRARIES}/plugins"
    transports_folder = "{LIBRARIES}/transports"
    events_folder = "{LIBRARIES}/events"
    loggers_folder = "{LIBRARIES}/loggers"
    debug_level = 2
    session_timeout = 0
    event_loops = 1
}}
nat: {{
    ice_lite = true
    full_trickle = false
    ice_enforce_list = "{address}"
}}
plugins: {{
    disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so"
}}
transports: {{
    disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so"
}}
events: {{
    broadcast = false
}}
"#,
        folder = folder.display(),
    );
    fs::write(folder.join("janus.jcfg"), main)?;
    let http = format!(
        r#"general: {{
    json = "compact"
    base_path = "/janus"
    http = true
    port = {PORT}
    ip = "{address}"
    https = false
}}
admin: {{
    admin_http = false
}}
"#
    );
    fs::write(folder.join("janus.transport.http.jcfg"), http)?;
    fs::write(
        folder.join("janus.plugin.videoroom.jcfg"),
        "general: {\n}\n",
    )?;
    Ok(())
}
