//! Runs clients: one thread, one epoll, one socket a client.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, IoSliceMut};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use quinn_udp::{RecvMeta, UdpSocketState};
use tokio::sync::oneshot;

use crate::endpoint::Endpoint;
use crate::report::{Gauge, WindowReport};
use crate::stamp::PublisherId;

/// A thread that runs clients until it is dropped.
#[derive(Debug)]
pub struct Generator {
    commands: SyncSender<Command>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

enum Command {
    Add(Box<Endpoint>, oneshot::Sender<Result<PublisherId>>),
    Remove(PublisherId, oneshot::Sender<()>),
    Garble(PublisherId, Vec<Vec<u8>>, oneshot::Sender<()>),
    Restart(PublisherId, oneshot::Sender<Result<String>>),
    Restarted(PublisherId, String, oneshot::Sender<Result<()>>),
    Pause(bool, oneshot::Sender<()>),
    Report(oneshot::Sender<WindowReport>),
    Window(oneshot::Sender<WindowReport>),
    Stop,
}

impl Generator {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread or no epoll.
    pub fn start() -> Result<Self> {
        let poll = Poll::new().context("epoll")?;
        let waker = Waker::new(poll.registry(), WAKER).context("waker")?;
        let (commands, inbox) = sync_channel(64);
        let runner = Runner::new(poll, inbox)?;
        let thread = std::thread::Builder::new()
            .name("generator".to_owned())
            .spawn(move || runner.run())
            .context("generator thread")?;
        Ok(Self {
            commands,
            waker,
            thread: Some(thread),
        })
    }

    /// Runs `endpoint` from now on.
    ///
    /// # Errors
    /// When its socket cannot be watched.
    pub async fn add(&self, endpoint: Endpoint) -> Result<PublisherId> {
        self.ask(|reply| Command::Add(Box::new(endpoint), reply))
            .await?
    }

    /// Ends a client, which says goodbye.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn remove(&self, id: PublisherId) -> Result<()> {
        self.ask(|reply| Command::Remove(id, reply)).await
    }

    /// Sends `datagrams` as they are from a client's own address, as a client
    /// gone mad would.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn garble(&self, id: PublisherId, datagrams: Vec<Vec<u8>>) -> Result<()> {
        self.ask(|reply| Command::Garble(id, datagrams, reply))
            .await
    }

    /// Lets a client offer to look for another path (an ICE restart); the offer
    /// is for the other side, whose answer goes to [`Generator::restarted`].
    ///
    /// # Errors
    /// When there is no such client.
    pub async fn restart(&self, id: PublisherId) -> Result<String> {
        self.ask(|reply| Command::Restart(id, reply)).await?
    }

    /// Hands a client the answer to its [`Generator::restart`].
    ///
    /// # Errors
    /// When the answer does not fit, or nothing was offered.
    pub async fn restarted(&self, id: PublisherId, answer: String) -> Result<()> {
        self.ask(|reply| Command::Restarted(id, answer, reply))
            .await?
    }

    /// Lets all clients stop sending media, or go on with it. They stay
    /// connected meanwhile.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn pause(&self, paused: bool) -> Result<()> {
        self.ask(|reply| Command::Pause(paused, reply)).await
    }

    /// What was measured since the window began.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn report(&self) -> Result<WindowReport> {
        self.ask(Command::Report).await
    }

    /// Ends the window, gives what was measured in it and begins another.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn next_window(&self) -> Result<WindowReport> {
        self.ask(Command::Window).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .ok()
            .context("the generator has stopped")?;
        self.waker.wake()?;
        answer.await.context("the generator has stopped")
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let told = self.commands.send(Command::Stop).is_ok() && self.waker.wake().is_ok();
        if let Some(thread) = self.thread.take()
            && told
        {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

const WAKER: Token = Token(usize::MAX);

/// Datagrams read with one system call, each as long as offload can make it.
const BATCH: usize = 8;
const BUFFER: usize = 65_535;

struct Client {
    endpoint: Endpoint,
    socket: UdpSocketState,
    due: Option<Instant>,
}

struct Runner {
    poll: Poll,
    inbox: Receiver<Command>,
    clients: BTreeMap<u32, Client>,
    timers: BTreeSet<(Instant, u32)>,
    next_id: u32,
    gauge: Gauge,
    buffers: Vec<u8>,
}

impl Runner {
    fn new(poll: Poll, inbox: Receiver<Command>) -> Result<Self> {
        Ok(Self {
            poll,
            inbox,
            clients: BTreeMap::new(),
            timers: BTreeSet::new(),
            next_id: 0,
            gauge: Gauge::new(),
            buffers: vec![0; BATCH * BUFFER],
        })
    }

    fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        loop {
            let timeout = self
                .timers
                .first()
                .map(|(due, _)| due.saturating_duration_since(Instant::now()));
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return,
                _ => {}
            }
            for event in &events {
                if event.token() == WAKER {
                    if !self.obey() {
                        return;
                    }
                } else if let Ok(id) = u32::try_from(event.token().0) {
                    self.read(id);
                }
            }
            self.tick();
        }
    }

    /// `false` when the thread shall end.
    fn obey(&mut self) -> bool {
        while let Ok(command) = self.inbox.try_recv() {
            // Who asked may have gone meanwhile; that is no concern here.
            match command {
                Command::Add(endpoint, reply) => {
                    let _ = reply.send(self.add(*endpoint));
                }
                Command::Remove(id, reply) => {
                    self.remove(id);
                    let _ = reply.send(());
                }
                Command::Garble(id, datagrams, reply) => {
                    if let Some(client) = self.clients.get_mut(&id.0) {
                        client.endpoint.garble(&datagrams);
                    }
                    let _ = reply.send(());
                }
                Command::Restart(id, reply) => {
                    let _ = reply.send(self.change(id, Endpoint::restart));
                }
                Command::Restarted(id, answer, reply) => {
                    let _ = reply.send(self.change(id, |client| client.restarted(&answer)));
                }
                Command::Pause(paused, reply) => {
                    self.pause(paused);
                    let _ = reply.send(());
                }
                Command::Report(reply) => {
                    let _ = reply.send(self.report());
                }
                Command::Window(reply) => {
                    let _ = reply.send(self.report());
                    self.gauge.begin_window();
                    for client in self.clients.values_mut() {
                        client.endpoint.begin_window();
                    }
                }
                Command::Stop => {
                    let ids: Vec<u32> = self.clients.keys().copied().collect();
                    ids.into_iter().for_each(|id| self.remove(PublisherId(id)));
                    return false;
                }
            }
        }
        true
    }

    fn change<T>(
        &mut self,
        id: PublisherId,
        change: impl FnOnce(&mut Endpoint) -> Result<T>,
    ) -> Result<T> {
        let client = self.clients.get_mut(&id.0).context("no such client")?;
        let changed = change(&mut client.endpoint);
        client.endpoint.wake(&mut self.gauge);
        self.schedule(id.0);
        changed
    }

    fn pause(&mut self, paused: bool) {
        let ids: Vec<u32> = self.clients.keys().copied().collect();
        for id in ids {
            if let Some(client) = self.clients.get_mut(&id) {
                client.endpoint.pause(paused);
            }
            self.schedule(id);
        }
    }

    fn report(&self) -> WindowReport {
        let endpoints = self.clients.iter();
        self.gauge.report(
            endpoints
                .map(|(id, client)| client.endpoint.report(PublisherId(*id)))
                .collect(),
        )
    }

    fn add(&mut self, mut endpoint: Endpoint) -> Result<PublisherId> {
        let id = self.next_id;
        let socket = watch(self.poll.registry(), &mut endpoint, id)?;
        self.next_id += 1;
        let client = Client {
            endpoint,
            socket,
            due: None,
        };
        self.clients.insert(id, client);
        self.schedule(id);
        Ok(PublisherId(id))
    }

    fn remove(&mut self, id: PublisherId) {
        let Some(mut client) = self.clients.remove(&id.0) else {
            return;
        };
        if let Some(due) = client.due {
            self.timers.remove(&(due, id.0));
        }
        client.endpoint.close(&mut self.gauge);
        // The socket leaves the epoll when it is closed at the latest.
        let _ = self.poll.registry().deregister(&mut client.endpoint.socket);
    }

    /// Epoll tells once, so the socket is read until it is empty.
    fn read(&mut self, id: u32) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let mut slices: Vec<IoSliceMut<'_>> = self
            .buffers
            .chunks_exact_mut(BUFFER)
            .map(IoSliceMut::new)
            .collect();
        let mut metas = [RecvMeta::default(); BATCH];
        loop {
            let socket = (&client.endpoint.socket).into();
            match client.socket.recv(socket, &mut slices, &mut metas) {
                Ok(count) => {
                    for (meta, slice) in metas.iter().zip(&slices).take(count) {
                        for datagram in slice[..meta.len].chunks(meta.stride.max(1)) {
                            client
                                .endpoint
                                .receive(&mut self.gauge, meta.addr, datagram);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.schedule(id);
    }

    fn tick(&mut self) {
        let now = Instant::now();
        while let Some(&(due, id)) = self.timers.first() {
            if due > now {
                break;
            }
            if let Some(client) = self.clients.get_mut(&id) {
                client.endpoint.tick(&mut self.gauge, PublisherId(id));
            }
            self.schedule(id);
        }
    }

    fn schedule(&mut self, id: u32) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let due = client.endpoint.due();
        if due == client.due {
            return;
        }
        if let Some(before) = client.due {
            self.timers.remove(&(before, id));
        }
        client.due = due;
        self.timers.extend(due.map(|due| (due, id)));
    }
}

fn watch(registry: &Registry, endpoint: &mut Endpoint, id: u32) -> Result<UdpSocketState> {
    let state = UdpSocketState::new((&endpoint.socket).into())?;
    // Room for a tenth of a second of a busy receiver; the kernel may grant less.
    state.set_recv_buffer_size((&endpoint.socket).into(), 1 << 20)?;
    let token = Token(usize::try_from(id)?);
    registry.register(&mut endpoint.socket, token, Interest::READABLE)?;
    Ok(state)
}
