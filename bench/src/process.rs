//! A hub in a process of its own, with data, ports and a processor core for
//! this run alone, and what the kernel says about it.

use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::signalling::hub::{Demo, Hub};

/// A running `vdx serve --demo`. Killed when dropped.
#[derive(Debug)]
pub struct HubProcess {
    child: Child,
    home: Home,
    hub: Hub,
    started_in: Duration,
}

/// Where a hub lives from one start to the next.
#[derive(Debug)]
pub struct Home {
    program: PathBuf,
    folder: TempDir,
    http: SocketAddr,
    media: SocketAddr,
    /// The core to run on; `None` = any.
    pub core: Option<usize>,
    /// Another database than SQLite in the home's folder.
    pub database: Option<String>,
    /// Open files the hub is started with (soft limit); `None` = as this process.
    pub open_files: Option<u64>,
}

impl Home {
    /// A new, empty home on free ports of the loopback interface.
    ///
    /// # Errors
    /// When no folder or no port can be had.
    pub fn new(program: &Path) -> Result<Self> {
        Self::at(program, Ipv4Addr::LOCALHOST)
    }

    /// A new, empty home on free ports of `address`.
    ///
    /// # Errors
    /// When no folder or no port can be had.
    pub fn at(program: &Path, address: Ipv4Addr) -> Result<Self> {
        Ok(Self {
            program: program.to_owned(),
            folder: TempDir::with_prefix("vdx-bench-")?,
            http: free_port(address)?,
            media: free_port(address)?,
            core: None,
            database: None,
            open_files: None,
        })
    }

    /// The UDP and TCP address of media.
    #[must_use]
    pub fn media(&self) -> SocketAddr {
        self.media
    }

    /// The address of HTTP.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self) -> Result<Command> {
        let mut words: Vec<OsString> = Vec::new();
        if let Some(core) = self.core {
            words.extend(["taskset".into(), "-c".into(), core.to_string().into()]);
        }
        if let Some(most) = self.open_files {
            words.extend(["prlimit".into(), format!("--nofile={most}:").into()]);
        }
        words.push(self.program.clone().into());
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().context("no program")?);
        command.args(words);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        command
            .args(["serve", "--demo"])
            .current_dir(self.folder.path())
            .env("VDX_SERVER__LISTEN", self.http.to_string())
            .env("VDX_SERVER__PUBLIC_URL", format!("http://{}", self.http))
            .env("VDX_DATA_DIR", self.data())
            .env("VDX_MEDIA__LISTEN", self.media.to_string())
            .env("VDX_MEDIA__ANNOUNCE", self.media.ip().to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if let Some(url) = &self.database {
            command.env("VDX_DATABASE__URL", url);
        }
        Ok(command)
    }
}

impl HubProcess {
    /// Starts the hub and waits until it is ready.
    ///
    /// # Errors
    /// When it does not start, ends early, or is not ready within a minute;
    /// the end of its log is part of the message.
    pub async fn start(home: Home) -> Result<Self> {
        let hub = Hub::at(&format!("http://{}", home.http))?;
        let ready = hub.url("/readyz")?;
        let begun = Instant::now();
        let child = home
            .command()?
            .spawn()
            .with_context(|| format!("starting {}", home.program.display()))?;
        let mut process = Self {
            child,
            home,
            hub,
            started_in: Duration::ZERO,
        };
        while begun.elapsed() < Duration::from_secs(60) {
            if let Ok(reply) = process.hub.http().get(ready.clone()).send().await
                && reply.status().is_success()
            {
                process.started_in = begun.elapsed();
                return Ok(process);
            }
            if !process.is_running()? {
                bail!("the hub ended at once:\n{}", process.log_end());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!(
            "the hub is not ready after a minute:\n{}",
            process.log_end()
        )
    }

    /// From the start of the process to the first success of `/readyz`.
    #[must_use]
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// How to talk to it.
    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Its ports and folder.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Reads `demo.json`.
    ///
    /// # Errors
    /// When it is not there or not what it should be.
    pub fn demo(&self) -> Result<Demo> {
        let path = self.home.data().join("demo.json");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Whether the process lives.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Stops the hub as an operator would and gives back its home.
    ///
    /// # Errors
    /// When it is still there after 20 seconds.
    pub async fn stop(mut self) -> Result<Home> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let begun = Instant::now();
        while self.is_running()? {
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("the hub does not stop:\n{}", self.log_end());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let folder = TempDir::with_prefix("vdx-bench-")?;
        Ok(Home {
            program: self.home.program.clone(),
            folder: std::mem::replace(&mut self.home.folder, folder),
            database: self.home.database.clone(),
            ..self.home
        })
    }

    /// Processor time used so far, all threads, user and system.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn processor_time(&self) -> Result<Duration> {
        processor_time(self.child.id())
    }

    /// Resident memory, bytes.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn memory(&self) -> Result<u64> {
        resident_memory(self.child.id())
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Datagrams the kernel dropped at the hub's media port because the hub
    /// had not read the earlier ones: they never reached it.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn datagrams_dropped(&self) -> Result<u64> {
        Ok(dropped_at(
            &fs::read_to_string("/proc/net/udp")?,
            self.home.media.port(),
        ))
    }

    /// The last lines of the hub's log.
    #[must_use]
    pub fn log_end(&self) -> String {
        let log = fs::read(self.home.folder.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, bytes.
///
/// # Errors
/// When there is no such process.
pub fn resident_memory(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    Ok(kilobytes.context("no VmRSS")?.parse::<u64>()? * 1024)
}

/// Processor time a process has used.
///
/// # Errors
/// When there is no such process.
pub fn processor_time(process: u32) -> Result<Duration> {
    processor_time_of(Path::new(&format!("/proc/{process}")))
}

/// Processor time of what has its folder at `place`: a process or a thread.
///
/// # Errors
/// When there is no such process or thread.
pub fn processor_time_of(place: &Path) -> Result<Duration> {
    let stat = fs::read_to_string(place.join("stat"))?;
    // The name in the second field may hold blanks and brackets.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("stat is short")?.parse()?) };
    // USER_HZ, which the kernel promises to programs whatever it uses itself.
    Ok(Duration::from_millis((ticks()? + ticks()?) * 10))
}

/// The last column of /proc/net/udp, summed over the sockets at `port`.
fn dropped_at(table: &str, port: u16) -> u64 {
    let port = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let local = fields.nth(1)?;
            let drops = fields.last()?;
            local.ends_with(&port).then(|| drops.parse::<u64>().ok())?
        })
        .sum()
}

/// A port of `address` that is free for both UDP and TCP.
fn free_port(address: Ipv4Addr) -> Result<SocketAddr> {
    for _ in 0..100 {
        let tcp = TcpListener::bind((address, 0))?;
        let address = tcp.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port is free for both UDP and TCP")
}

/// Cores this process may run on, in order.
///
/// # Errors
/// When the kernel does not say.
pub fn cores() -> Result<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    parse_cores(list.context("no Cpus_allowed_list")?.trim())
}

fn parse_cores(list: &str) -> Result<Vec<usize>> {
    let mut cores = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cores.extend(first.parse::<usize>()?..=last.parse()?);
    }
    Ok(cores)
}

/// Keeps this thread, and those it starts from now on, on `cores`.
///
/// # Errors
/// When `taskset` (util-linux) fails.
pub fn stay_on(cores: &[usize]) -> Result<()> {
    stay_on_as(Path::new("/proc/self"), cores)
}

/// Keeps the process or thread whose folder `place` leads to on `cores`.
///
/// # Errors
/// When `taskset` (util-linux) fails.
pub fn stay_on_as(place: &Path, cores: &[usize]) -> Result<()> {
    let folder = fs::canonicalize(place)?;
    let id = folder.file_name().context("no id")?;
    let list: Vec<String> = cores.iter().map(usize::to_string).collect();
    let output = Command::new("taskset")
        .args(["-cp".as_ref(), list.join(",").as_ref(), id])
        .output()
        .context("taskset")?;
    if !output.status.success() {
        bail!("taskset: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_lists_are_read() {
        assert_eq!(parse_cores("0-2,5").unwrap(), [0, 1, 2, 5]);
        assert_eq!(parse_cores("3").unwrap(), [3]);
        assert!(parse_cores("x").is_err());
        assert!(!cores().unwrap().is_empty());
    }

    #[test]
    fn drops_are_those_of_the_port() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            10: 0100007F:2710 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 17\n\
            11: 00000000:2710 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 5\n\
            12: 0100007F:2711 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 9\n";
        assert_eq!(dropped_at(table, 10_000), 22);
        assert_eq!(dropped_at(table, 10_001), 9);
        assert_eq!(dropped_at(table, 1), 0);
    }

    #[test]
    fn this_process_has_used_some_time() {
        let before = processor_time(std::process::id()).unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(50) {
            std::hint::spin_loop();
        }
        assert!(processor_time(std::process::id()).unwrap() > before);
    }
}
