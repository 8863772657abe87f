//! The program: command line, configuration, wiring, shutdown. No logic.

mod admin;
mod audit;
mod certificate;
mod certificates;
mod check;
mod cli;
mod config;
mod counters;
mod demo;
mod failure;
mod jobs;
mod machine;
mod port_owner;
mod serve;
mod start;
mod turn;

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{AuditCommand, Cli, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.text());
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(options) => serve::run(cli.config.as_deref(), &options),
        Command::Check => check::run(cli.config.as_deref()),
        Command::Openapi { name } => openapi(&name),
        Command::Audit(AuditCommand::Verify) => audit::verify(cli.config.as_deref()),
        Command::Certificate { folder, names } => certificate::make(&folder, &names),
        Command::Client(command) => admin::client(cli.config.as_deref(), command),
        Command::User(command) => admin::user(cli.config.as_deref(), command),
        Command::Keys(command) => admin::keys(cli.config.as_deref(), &command),
        Command::Backup { .. } => Err(Failure::NotBuilt("vdx backup".to_owned())),
        Command::Restore { .. } => Err(Failure::NotBuilt("vdx restore".to_owned())),
    }
}

fn openapi(name: &str) -> Result<(), Failure> {
    let Some(document) = vdx_api::openapi::document(name) else {
        let names: Vec<_> = vdx_api::openapi::names().collect();
        return Err(Failure::NotBuilt(format!(
            "the document {name} (there are: {})",
            names.join(", ")
        )));
    };
    let text = document
        .to_pretty_json()
        .map_err(|error| Failure::Failed(error.into()))?;
    // A reader that closes the pipe early (`head`) has seen what it wanted.
    writeln!(std::io::stdout(), "{text}").or_else(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::Failed(error.into())),
    })
}
