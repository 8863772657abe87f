//! Who listens on a port (Linux: `/proc`).

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The kernel's tables of sockets, and the state of one that waits for others.
const TABLES: [(&str, &str); 4] = [
    ("/proc/net/tcp", "0A"),
    ("/proc/net/tcp6", "0A"),
    ("/proc/net/udp", "07"),
    ("/proc/net/udp6", "07"),
];

/// `port 8080 is in use by NAME (pid N)`, as far as it can be found out:
/// processes of other users do not show their sockets.
pub(crate) fn in_use(address: SocketAddr) -> String {
    let port = address.port();
    match find(port) {
        Some((name, pid)) => format!("port {port} is in use by {name} (pid {pid})"),
        None => format!("port {port} is in use by another program"),
    }
}

fn find(port: u16) -> Option<(String, u32)> {
    let sockets: Vec<String> = TABLES
        .iter()
        .filter_map(|(table, state)| Some((fs::read_to_string(table).ok()?, state)))
        .flat_map(|(table, state)| sockets_on(&table, port, state))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let processes = fs::read_dir("/proc").ok()?;
    processes.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        holds(&process.path(), &sockets).then_some(())?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some((name.trim().to_owned(), pid))
    })
}

fn holds(process: &Path, sockets: &[String]) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    open.flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|link| {
            sockets
                .iter()
                .any(|socket| link.as_os_str() == socket.as_str())
        })
}

/// The inodes of sockets on `port`; see proc_net(5) for the columns.
fn sockets_on(table: &str, port: u16, state: &str) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    table
        .lines()
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let matches = columns.get(1)?.ends_with(&suffix) && *columns.get(3)? == state;
            matches.then(|| columns.get(9).map(ToString::to_string))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};

    #[test]
    fn this_process_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for address in [listener.local_addr().unwrap(), socket.local_addr().unwrap()] {
            let text = in_use(address);
            let me = format!("(pid {})", std::process::id());
            assert!(
                text.contains(&me) && text.contains(&address.port().to_string()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_unknown_owner_is_said() {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        assert_eq!(in_use(address), "port 1 is in use by another program");
    }
}
