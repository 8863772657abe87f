//! A `vdx` process with a folder and ports of its own.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) http: SocketAddr,
    media: SocketAddr,
    /// Another database than the usual.
    pub(crate) database: Option<String>,
    settings: Vec<(&'static str, String)>,
}

/// A port nobody uses now.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            http: free(),
            media: free(),
            database: None,
            settings: Vec::new(),
        }
    }

    /// Another value of a setting than the usual, by its name in the environment.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// The program with this home's settings in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vdx"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("VDX_SERVER__LISTEN", self.http.to_string())
            .env("VDX_SERVER__PUBLIC_URL", self.url())
            .env("VDX_DATA_DIR", self.data())
            .env("VDX_MEDIA__LISTEN", self.media.to_string())
            .env("VDX_CAPACITY__CPU_PERCENT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in &self.settings {
            command.env(name, value);
        }
        if let Some(database) = &self.database {
            command.env("VDX_DATABASE__URL", database);
        }
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts it and waits until it says that it is ready.
    pub(crate) async fn serve(&self, arguments: &[&str]) -> Process {
        let mut all = vec!["serve"];
        all.extend(arguments);
        let mut process = Process(self.command(&all).spawn().unwrap());
        let http = client();
        let begun = Instant::now();
        loop {
            let ready = http.get(format!("{}/readyz", self.url())).send().await;
            if ready.is_ok_and(|reply| reply.status().is_success()) {
                return process;
            }
            if let Some(status) = process.0.try_wait().unwrap() {
                let mut text = String::new();
                process
                    .0
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut text)
                    .unwrap();
                panic!("ended with {status}: {text}");
            }
            assert!(begun.elapsed() < PATIENCE, "not ready in time");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn demo(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.data().join("demo.json")).unwrap()).unwrap()
    }
}

pub(crate) fn client() -> reqwest::Client {
    // A second client in the same process finds the provider installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::new()
}

/// A running hub; killed when dropped.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end: exit status, standard output, standard error.
    pub(crate) fn ended(mut self) -> (Option<i32>, String, String) {
        let begun = Instant::now();
        while self.0.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        let status = self.0.wait().unwrap().code();
        let (mut out, mut err) = (String::new(), String::new());
        self.0
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        self.0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        (status, out, err)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
